import type { Frame } from "../../core/frame.ts";
import type { Message } from "./message.ts";
import type { Payload } from "./payload.ts";

/** How messages are spelled: one of WAMP's serializations. */
export interface Codec {
  /** Its part of the subprotocol: `wamp.2.` and this. */
  readonly name: string;
  /** @throws Violation where the frame is no list in this spelling */
  decode(frame: Frame): Message;
  /** @param head the elements before the payload, which is left out where it is empty: never `null` */
  encode(head: readonly unknown[], payload: Payload): Frame;
}
