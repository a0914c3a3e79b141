import type { Match, Position } from "@switchboard/protocol";
import type { Event } from "./event.ts";
import type { Presence } from "./presence.ts";
import type { SwitchboardError } from "./switchboard-error.ts";

/** Hears events. What it throws, or rejects with, is reported to the client's `onError`; the next event comes all the same. */
export type EventHandler<Data = unknown> = (event: Event<Data>) => unknown;

/** Some events are gone: the history did not reach back to what was heard last, or was begun anew. */
export interface Gap {
  readonly topic: string;
  /** Up to where all was heard. */
  readonly since: Position;
  /** Where the topic stands. */
  readonly now: Position;
}

/** Nothing is missing: all that was missed has been heard. */
export interface Recovered {
  /** How many events were missed. */
  readonly count: number;
  readonly position: Position;
}

/** What can be heard of a subscription. */
export interface SubscriptionHandlers<Data = unknown, HeardEvent extends Event<Data> = Event<Data>> {
  readonly event?: (event: HeardEvent) => unknown;
  /** Load your state anew: some events will never come. Called before what is left of the missed ones. */
  readonly gap?: (gap: Gap) => unknown;
  /** Called after an outage, once the missed events have been heard. */
  readonly recovered?: (recovered: Recovered) => unknown;
  /** The server does not allow the subscription; it is over. Without such a handler, `onError` hears it. */
  readonly refused?: (error: SwitchboardError) => unknown;
  /** Hears at first who is there, then each change. An outage is none: see `Presence`. */
  readonly presence?: (presence: Presence) => unknown;
}

/** What each kind of handler is given. */
export interface Heard<Data = unknown, HeardEvent extends Event<Data> = Event<Data>> {
  readonly event: HeardEvent;
  readonly gap: Gap;
  readonly recovered: Recovered;
  readonly refused: SwitchboardError;
  readonly presence: Presence;
}

/** How a subscription begins; once begun, it goes on where it was, whatever happens to the connection. */
export interface SubscribeOptions {
  /** How the topic is meant: `exact` (default), `prefix` or `wildcard`. Patterns hear live events only. */
  readonly match?: Match;
  /** Begin after this position, with the events since. */
  readonly since?: Position;
  /** Begin with the newest so many events. */
  readonly last?: number;
  /** Whether to hear who is there; on by itself where there is a handler for it. Not for patterns. */
  readonly presence?: boolean;
}

/**
 * One listener of a topic. Events come in the order of their offsets, each once, to the handlers and to every iteration.
 * An iteration hears what comes from its start on, and holds up to 10,000 events for a slow loop; at the bound it throws
 * `limit_exceeded` (after what it held). Leaving the loop ends the iteration, not the subscription.
 */
export interface Subscription<
  Data = unknown,
  HeardEvent extends Event<Data> = Event<Data>,
> extends AsyncIterable<HeardEvent> {
  readonly topic: string;
  readonly match: Match;
  /** Up to where all was handled: by the handlers, and by the loops that iterate. Undefined for patterns, and before the start. */
  readonly position: Position | undefined;
  /** Where the topic stood when the server first said `subscribed`; rejects where the server refuses, or the client closes before. */
  readonly ready: Promise<Position>;
  /** Adds a handler, and gives back what removes it. */
  on<Kind extends keyof Heard>(
    kind: Kind,
    handler: (heard: Heard<Data, HeardEvent>[Kind]) => unknown,
  ): () => void;
  /** Nothing is heard from the call on. Resolves when the server knows, if this was the topic's last subscription. */
  unsubscribe(): Promise<void>;
}
