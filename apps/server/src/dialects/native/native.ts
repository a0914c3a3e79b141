import { subprotocol } from "@switchboard/protocol";
import type { Dialect } from "../../core/dialect.ts";
import { NativeConversation } from "./conversation.ts";

/** The native dialect, `switchboard.1`: JSON objects with a `type` (SPEC.md). */
export const native: Dialect = {
  subprotocol,
  open(session) {
    const conversation = new NativeConversation(session);
    session.begin(conversation);
    conversation.begin();
  },
  event({ topic, name, offset, time, publication, data, ack }) {
    const head = `{"type":"event","topic":${JSON.stringify(topic)},"name":${JSON.stringify(name)}`;
    return `${head},"offset":${offset},"time":${time},"publication":"${publication}"${ack === undefined ? "" : `,"ack":"${ack}"`},"data":${data}}`;
  },
};
