import type { Event } from "@switchboard/sdk";

/** A message in the log. */
export interface EventRow {
  readonly kind: "event";
  /** Grows with each row of the page's life. */
  readonly key: number;
  readonly event: Event;
  /** The event's data as it was sent; the event itself cuts it out anew each time. */
  readonly text: string;
}

/** How a row of the system looks; `warn` and `bad` stay visible whatever is searched for. */
export type Tone = "plain" | "good" | "warn" | "bad";

/** What happened to the connection or to a line, in the log where it happened. */
export interface SystemRow {
  readonly kind: "system";
  readonly key: number;
  readonly at: number;
  readonly tone: Tone;
  readonly text: string;
  /** What the reader can do about it, if anything. */
  readonly advice?: string;
}

export type LogRow = EventRow | SystemRow;
