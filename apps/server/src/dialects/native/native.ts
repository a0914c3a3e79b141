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
    const head = `{"type":"event","topic":${stringText(topic)},"name":${stringText(name)}`;
    return `${head},"offset":${offset},"time":${textOf(time)},"publication":"${publication}"${ack === undefined ? "" : `,"ack":"${ack}"`},"data":${data}}`;
  },
};

let lastTime = 0;
let lastText = "0";

/** A time as text: many events share a millisecond, and so large a number takes long to write. */
function textOf(time: number): string {
  if (time !== lastTime) {
    lastTime = time;
    lastText = String(time);
  }
  return lastText;
}
