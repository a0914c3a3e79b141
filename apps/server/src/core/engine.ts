import type { Match, Position } from "@switchboard/protocol";
import type { Calls } from "./calls.ts";
import type { Draft, Event } from "./event.ts";
import type { Peers } from "./peers.ts";

/** Whoever listens. An object and no closure: in a fan-out over thousands of topics, each cold object on the way costs. */
export interface EventListener {
  /** Hears an event, and says how many sessions of this node it was sent to. */
  hear(event: Event): number;
  /** Hears that events were lost which can no longer be had: whoever listens is to come back, and to ask for the history. */
  lost?(): void;
}

/** What became of a draft in one topic. */
export interface Accepted {
  /** Where the key had been seen: what the first publish became, perhaps without data and audience. */
  readonly event: Event;
  readonly epoch: string;
  /** Whether the key had been seen: then this is the first publish's answer. */
  readonly duplicate: boolean;
  /** How many sessions the event was sent to, where the engine knows. */
  readonly receivers: number | undefined;
}

/** Where a topic stands, for people to read. */
export interface TopicState extends Position {
  /** How many of its events the history holds. */
  readonly length: number;
}

/** A stretch of a topic's history. */
export interface History {
  /** Whether every event after the position asked for is in it: never true unless that is known. */
  readonly complete: boolean;
  /** Where the topic stood when it was asked. */
  readonly position: Position;
  /** The next page, oldest first; empty where there is nothing newer yet (what is published later can still be asked for). */
  next(): Promise<readonly Event[]>;
}

/** Which stretch: what came after a position, or the newest so many. */
export type HistoryQuery = { readonly since: Position } | { readonly last: number };

/** What is heard before the news: some of the history, or the topic's last word. */
export type Prelude = HistoryQuery | { readonly retained: true };

/** Publishing and hearing, over whatever joins the nodes. */
export interface EventLog {
  /**
   * Stores the draft where its topic keeps history, gives it an offset, and carries it to every listener on every node, in the order
   * of offsets. Resolves once it is stored; rejects with a Refusal: `unavailable` if it may not be stored, `invalid_argument` if its
   * key was used with another body.
   */
  publish(topic: string, draft: Draft): Promise<Accepted>;
  /** Once this resolves, the listener hears each later event once, in order, until it calls the result. */
  listen(topic: string, match: Match, listener: EventListener): Promise<() => void>;
  /** Where the topic stands now: a position that `history` takes. */
  position(topic: string): Promise<Position>;
  /** The same, and how much the topic retains. */
  describe(topic: string): Promise<TopicState>;
  /** Reads what the topic retains. */
  history(topic: string, query: HistoryQuery): Promise<History>;
  /**
   * The newest event of the topic that was published with `retain`, whether the topic keeps history or not. Outlives a restart where
   * history does; forgotten where more than `retainedEventsMax` topics have one and its was published longest ago.
   */
  retained(topic: string): Promise<Event | undefined>;
}

/** What a node needs of the world. */
export interface Engine extends EventLog, AsyncDisposable {
  readonly calls: Calls;
  readonly peers: Peers;
  /** Which engine this is, for people to read. */
  readonly name: string;
  /** How many bytes the events take that are stored, where the engine can tell. */
  storedBytes?(): Promise<number>;
  /** A real round trip: rejects where a publish would be refused as `unavailable`. */
  ping(): Promise<void>;
}
