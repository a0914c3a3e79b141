import { subprotocol } from "@switchboard/protocol";
import type { Dialect } from "../../core/dialect.ts";
import { Conversation } from "./conversation.ts";

/** The native dialect, `switchboard.1`: JSON objects with a `type` (SPEC.md). */
export const native: Dialect = {
  subprotocol,
  open(session) {
    const conversation = new Conversation(session);
    session.listen((frame) => conversation.hear(frame));
    conversation.begin();
  },
  event({ topic, name, offset, time, publication, data }) {
    const head = `{"type":"event","topic":${JSON.stringify(topic)},"name":${JSON.stringify(name)}`;
    return `${head},"offset":${offset},"time":${time},"publication":"${publication}","data":${data}}`;
  },
};
