import type { Cursor, Entry, Novelty, Start } from "./cursor.ts";

/** The cursor of a pattern: it hears what comes while it is let in, and has no place to go back to. */
export class PatternCursor implements Cursor {
  readonly heard = undefined;
  readonly next: Start = {};
  readonly missed = undefined;
  readonly reached = -1;
  readonly expectsHistory = false;
  #inside = false;

  get inside(): boolean {
    return this.#inside;
  }

  enter(): Entry {
    this.#inside = true;
    return { kind: "begun" };
  }

  take(): Novelty {
    return this.#inside ? "live" : "outside";
  }

  advance(): void {}

  settle(): undefined {
    return undefined;
  }

  leave(): void {
    this.#inside = false;
  }
}
