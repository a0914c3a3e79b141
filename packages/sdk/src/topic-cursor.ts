import type { Position } from "@switchboard/protocol";
import type { Cursor, Entry, Novelty, Start } from "./cursor.ts";

/** The cursor of one topic, whose events are numbered. */
export class TopicCursor implements Cursor {
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

  get inside(): boolean {
    return this.#inside;
  }

  get heard(): Position | undefined {
    return this.#heard === undefined ? undefined : { epoch: this.#epoch, offset: this.#heard };
  }

  get next(): Start {
    const since = this.heard;
    return since === undefined ? this.#start : { since };
  }

  get missed(): number | undefined {
    return this.#recovering ? this.#count : undefined;
  }

  get reached(): number {
    return this.#floor;
  }

  get expectsHistory(): boolean {
    return this.#inside && this.#floor < this.#until;
  }

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

  take(offset: number): Novelty {
    if (!this.#inside) return "outside";
    if (offset <= this.#floor) return "old";
    this.#floor = offset;
    if (offset > this.#until) return "live";
    this.#count += 1;
    return "recovered";
  }

  advance(offset: number): void {
    this.#heard = Math.max(this.#heard ?? offset, offset);
  }

  settle(): number | undefined {
    const count = this.missed;
    this.#recovering = false;
    this.#heard ??= this.#until;
    this.#until = -1;
    return count;
  }

  leave(): void {
    this.#inside = false;
    this.#recovering = false;
  }
}
