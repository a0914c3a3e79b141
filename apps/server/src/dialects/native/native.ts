import { stringText, subprotocol } from "@switchboard/protocol";
import type { Dialect } from "../../core/dialect.ts";
import { remembered } from "../../core/remembered.ts";
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
    const head = `{"type":"event","topic":${stringText(topic)}${nameText(name)}${offset}${timeText(time)}${publication}`;
    return ack === undefined ? `${head}","data":${data}}` : `${head}","ack":"${ack}","data":${data}}`;
  },
};

/** What lies between topic and offset, and between offset and publication: the same in many events one after the other. */
const nameText = remembered((name: string) => `,"name":${stringText(name)},"offset":`);
const timeText = remembered((time: number) => `,"time":${time},"publication":"`);
