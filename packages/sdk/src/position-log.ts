import type { Position } from "@switchboard/protocol";
import type { PositionStore } from "./position-store.ts";

/** How often at most a position is written, in ms. */
const writeEveryMs = 250;

/** Writes the positions that have moved to the store, all together, a few times a second, and when the page is left. */
export class PositionLog {
  readonly #store: PositionStore;
  readonly #position: (topic: string) => Position | undefined;
  readonly #report: (error: unknown) => void;
  readonly #moved = new Set<string>();
  readonly #flush = () => this.flush();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param position where the topic's readers are. */
  constructor(
    store: PositionStore,
    position: (topic: string) => Position | undefined,
    report: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#position = position;
    this.#report = report;
  }

  /** Where to begin a topic that nobody reads yet. */
  get(topic: string): Position | undefined {
    try {
      return this.#store.get(topic);
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  /** The topic's readers have moved on. */
  moved(topic: string): void {
    this.#moved.add(topic);
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(this.#flush, writeEveryMs);
    if (typeof addEventListener === "function") addEventListener("pagehide", this.#flush);
  }

  /** Writes what has moved, now, and lets go of the page. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (typeof removeEventListener === "function") removeEventListener("pagehide", this.#flush);
    const topics = [...this.#moved];
    this.#moved.clear();
    for (const topic of topics) {
      const position = this.#position(topic);
      if (position === undefined) continue;
      try {
        this.#store.set(topic, position);
      } catch (error) {
        this.#report(error);
      }
    }
  }
}
