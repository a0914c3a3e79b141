import type { Position } from "@switchboard/protocol";

/** Where a reader wants to begin: after a position, with the newest so many, or (both absent) with what comes. */
export interface Start {
  readonly since?: Position | undefined;
  readonly last?: number | undefined;
}

/** Whether it begins with what comes. */
export function isFresh({ since, last }: Start): boolean {
  return since === undefined && last === undefined;
}

/** How the topic stands for a reader once the server has let it in. */
export type Entry =
  | { readonly kind: "begun" }
  | { readonly kind: "recovering" }
  | { readonly kind: "gap"; readonly since: Position };

/** What an event is to a reader: news, something missed, known already, or not for it (it is not let in). */
export type Novelty = "live" | "recovered" | "old" | "outside";

/** How far one reader has read. Pure bookkeeping: it decides what is new, and where to go on. */
export interface Cursor {
  /** Whether the server has let the reader in, over this connection. */
  readonly inside: boolean;
  /** Up to where all was heard, and its handlers have run. */
  readonly heard: Position | undefined;
  /** Where to begin over the next connection. */
  readonly next: Start;
  /** How many missed events came, while some may still come. */
  readonly missed: number | undefined;
  /** The offset of the newest event that came. */
  readonly reached: number;
  /** Whether history may still come. */
  readonly expectsHistory: boolean;
  /** The server has let the reader in, where `now` is the topic's newest. */
  enter(now: Position, recovered: boolean | undefined): Entry;
  /** What the event with this offset is; it is old from now on. */
  take(offset: number): Novelty;
  /** The event's handlers have run. */
  advance(offset: number): void;
  /** All history has come: says how many missed events that were, if there was an outage to recover from. */
  settle(): number | undefined;
  /** The connection is gone. */
  leave(): void;
}
