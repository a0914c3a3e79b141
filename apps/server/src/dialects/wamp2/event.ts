import { defaultName } from "@switchboard/protocol";
import type { Event } from "../../core/event.ts";
import type { Frame } from "../../core/frame.ts";
import type { RoomView } from "../../core/member.ts";
import { argumentsOf } from "../arguments.ts";
import type { Codec } from "./codec.ts";
import { numberOf } from "./ids.ts";
import { codes } from "./message.ts";

/** EVENT, for everyone in the room. */
export function eventFrame(codec: Codec, event: Event, room: RoomView): Frame {
  const details = {
    ...(room.isPattern && { topic: event.topic }),
    ...(event.name !== defaultName && { _name: event.name }),
  };
  const head = [codes.event, room.number, numberOf(event.publication), details];
  return codec.encode(head, argumentsOf(event.data));
}
