import type { Dialect } from "../../core/dialect.ts";
import { PusherConversation } from "./conversation.ts";
import { eventFrame } from "./frames.ts";
import type { Place } from "./place.ts";

/** The Pusher protocol, version 7, as the clients of one application speak it; picked by its address, not by a subprotocol. */
export function pusher(place: Place): Dialect {
  return {
    subprotocol: "pusher",
    authorisesItself: true,
    event: eventFrame,
    sessionId: socketIdOf,
    open(session) {
      session.begin(new PusherConversation(session, place));
    },
  };
}

/** `123.456`: two numbers of 52 random bits each. */
function socketIdOf(digits: string): string {
  return `${parseInt(digits.slice(0, 13), 16)}.${parseInt(digits.slice(13, 26), 16)}`;
}
