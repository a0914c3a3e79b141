import { defaultName, isReserved } from "@switchboard/protocol";
import type { Broker } from "./broker.ts";
import type { Clock } from "./clock.ts";
import type { Event } from "./event.ts";

/**
 * Tells those on this node who subscribe to a topic that is the server's own, or to a pattern of such topics. What there is to be told is
 * asked only where somebody does. It is neither stored nor carried to other nodes.
 */
export type Announce = (topic: string, tell: () => Pick<Event, "publication" | "data">) => void;

/** Announces in the broker's rooms. */
export function announcer(broker: Broker, clock: Clock): Announce {
  return (topic, tell) => {
    let event: Event | undefined;
    for (const { topic: listened, room } of broker.roomsOf(topic)) {
      if (!isReserved(listened)) continue;
      event ??= { ...tell(), topic, offset: 0, name: defaultName, time: clock.now() };
      room.hear(event);
    }
  };
}
