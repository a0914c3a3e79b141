import { stringText, subprotocol } from "@switchboard/protocol";
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
    const head = `{"type":"event","topic":${stringText(topic)}${nameText(name)}${offset}${timeText(time)}${publication}`;
    return ack === undefined ? `${head}","data":${data}}` : `${head}","ack":"${ack}","data":${data}}`;
  },
};

/** What lies between topic and offset, and between offset and publication: the same in many events one after the other. */
const nameText = remembered((name: string) => `,"name":${stringText(name)},"offset":`);
const timeText = remembered((time: number) => `,"time":${time},"publication":"`);

/** Makes the text of a value again only where it is another than the last time. */
function remembered<Value>(textOf: (value: Value) => string): (value: Value) => string {
  let last: Value | undefined;
  let text = "";
  return (value) => {
    if (value !== last) text = textOf(value);
    last = value;
    return text;
  };
}
