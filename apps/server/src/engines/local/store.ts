import type { Event } from "../../core/event.ts";

/** What a store knows of a topic. */
export interface TopicRecord {
  /** The newest event's offset, whether it is still held or not. */
  readonly top: number;
  /** Everything up to this offset may be forgotten; everything after it, up to `top`, is held. */
  readonly forgottenTo: number;
}

/** How much of a topic counts: the newest `events`, none older than `before` (ms since 1970). */
export interface Keep {
  readonly events: number;
  readonly before: number;
}

/** An idempotency key, and the event that it stands for. */
export interface KeyRecord {
  readonly key: string;
  readonly fingerprint: string;
  readonly event: Event;
}

/** What one turn's publishes write, all of it or nothing. */
export interface Batch {
  readonly events: readonly Event[];
  readonly keys: readonly KeyRecord[];
  /** Those that are their topics' last word from now on, in the order of offsets. */
  readonly retained: readonly Event[];
  /** The highest offset given so far, that of events which are not stored included. */
  readonly lastOffset: number;
}

/** Where the local engine keeps what must outlive a turn. Everything is synchronous: a turn's publishes share one `append`. */
export interface Store extends Disposable {
  /** Names this history: a store that was wiped or restored has another. */
  readonly epoch: string;
  /** Signs what must be recognised after a restart. */
  readonly secret: string;
  /** The highest offset that may have been given away before. */
  readonly lastOffset: number;
  /** Topics of which nothing is known may have had events up to this offset. */
  readonly forgottenTo: number;
  /** Stores the batch whole, or throws and stores nothing. */
  append(batch: Batch): void;
  /** What is known of the topic; undefined where nothing is. */
  topic(name: string): TopicRecord | undefined;
  /** The events after the offset, oldest first: at most `eventsMax`, and no more than needed to reach `bytesMax` of data. */
  page(topic: string, after: number, eventsMax: number, bytesMax: number): readonly Event[];
  /** The offset after which those events begin that count: no less than the topic's `forgottenTo`. */
  horizon(topic: string, keep: Keep): number;
  /** The topic's last word, if it has one. */
  retained(topic: string): Event | undefined;
  /** How many events the topic holds after the offset. */
  count(topic: string, after: number): number;
  /** Forgets the topic's oldest events that no longer count, `trimEventsMax` at most; `more` says that some are left. */
  trim(topic: string, keep: Keep): { readonly forgottenTo: number; readonly more: boolean };
  /** Forgets, a bounded part at a time, keys used before `before` (ms since 1970), topics that are too many, and the oldest last words beyond `retainedMax`. */
  tidy(before: number, retainedMax: number): void;
  /** A slice of the topics' names in the store's own order, from place `after` on, and where the next slice begins: 0 after the last. */
  topicsAfter(after: number): { readonly names: readonly string[]; readonly next: number };
  /** The keys used since `since` (ms since 1970), oldest first. */
  keys(since: number): readonly KeyRecord[];
  /** How large it is. */
  bytes(): number;
  /** A real write. @throws where the next append would */
  check(): void;
}

/** How many events one `trim` forgets at most, so that it never stalls the loop. */
export const trimEventsMax = 500;
