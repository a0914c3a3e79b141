import type { Position } from "@switchboard/protocol";

/** Where a reader wants to begin: after a position, with the newest so many, or (both absent) with what comes. */
export interface Start {
  readonly since?: Position | undefined;
  readonly last?: number | undefined;
}

/** How the topic stands for a reader once the server has let it in. */
export type Entry =
  | { readonly kind: "begun" }
  | { readonly kind: "recovering" }
  | { readonly kind: "gap"; readonly since: Position };

/** What an event is to a reader: news, something missed, known already, or not for it (it is not let in). */
export type Novelty = "live" | "recovered" | "old" | "outside";

/** How far one reader has read one topic. Pure bookkeeping: it decides what is new, and where to go on. */
export class Cursor {
  readonly #start: Start;
  #inside = false;
  #epoch = "";
  /** All up to here was heard. */
  #heard: number | undefined;
  /** Nothing up to here is heard (again). Below `#heard` only where the rest of a torn history follows. */
  #floor = -1;
  /** Up to here, what comes is history. */
  #until = -1;
  #recovering = false;
  #count = 0;

  constructor(start: Start) {
    this.#start = start;
  }

  /** Whether the server has let the reader in, over this connection. */
  get inside(): boolean {
    return this.#inside;
  }

  /** Up to where all was heard, and its handlers have run. */
  get heard(): Position | undefined {
    return this.#heard === undefined ? undefined : { epoch: this.#epoch, offset: this.#heard };
  }

  /** Where to begin over the next connection. */
  get next(): Start {
    const since = this.heard;
    return since === undefined ? this.#start : { since };
  }

  /** How many missed events came, while some may still come. */
  get missed(): number | undefined {
    return this.#recovering ? this.#count : undefined;
  }

  /** The offset of the newest event that came. */
  get reached(): number {
    return this.#floor;
  }

  /** Whether history may still come. */
  get expectsHistory(): boolean {
    return this.#inside && this.#floor < this.#until;
  }

  /** The server has let the reader in, where `now` is the topic's newest. */
  enter(now: Position, recovered: boolean | undefined): Entry {
    const { since, last } = this.next;
    this.#inside = true;
    this.#epoch = now.epoch;
    this.#count = 0;
    this.#until = now.offset;
    if (since === undefined) {
      this.#floor = last === undefined ? now.offset : -1;
      this.#heard = last === undefined ? now.offset : undefined;
      return { kind: "begun" };
    }
    const sameEpoch = since.epoch === now.epoch && since.offset <= now.offset;
    this.#floor = sameEpoch ? since.offset : -1;
    this.#recovering = sameEpoch && recovered === true;
    this.#heard = this.#recovering ? since.offset : now.offset;
    return this.#recovering ? { kind: "recovering" } : { kind: "gap", since };
  }

  /** What the event with this offset is; it is old from now on. */
  take(offset: number): Novelty {
    if (!this.#inside) return "outside";
    if (offset <= this.#floor) return "old";
    this.#floor = offset;
    if (offset > this.#until) return "live";
    this.#count += 1;
    return "recovered";
  }

  /** The event's handlers have run. */
  advance(offset: number): void {
    this.#heard = Math.max(this.#heard ?? offset, offset);
  }

  /** All history has come: says how many missed events that were, if there was an outage to recover from. */
  settle(): number | undefined {
    const count = this.missed;
    this.#recovering = false;
    this.#heard ??= this.#until;
    this.#until = -1;
    return count;
  }

  /** The connection is gone. */
  leave(): void {
    this.#inside = false;
    this.#recovering = false;
  }
}
