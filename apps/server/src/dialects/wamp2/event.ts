import { defaultName } from "@switchboard/protocol";
import type { Event } from "../../core/event.ts";
import type { Frame } from "../../core/frame.ts";
import type { RoomView } from "../../core/member.ts";
import { argumentsOf } from "../arguments.ts";
import type { Codec } from "./codec.ts";
import { numberOf, toldAs } from "./ids.ts";
import { codes } from "./message.ts";

/** EVENT, for everyone in the room. @param more what its details say besides */
export function eventFrame(codec: Codec, event: Event, room: RoomView, more?: object): Frame {
  const head = [
    codes.event,
    room.number,
    numberOf(event.publication),
    { ...detailsOf(event, room), ...more },
  ];
  return codec.encode(head, argumentsOf(event.data));
}

/** The details of EVENT. A publisher that speaks another language has no number, and is told as `_publisher`. */
export function detailsOf({ topic, name, publisher }: Event, { isPattern }: Pick<RoomView, "isPattern">) {
  return {
    ...(isPattern && { topic }),
    ...(publisher !== undefined && toldAs("publisher", publisher)),
    ...(name !== defaultName && { _name: name }),
  };
}
