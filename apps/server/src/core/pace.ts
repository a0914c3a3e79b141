import type { Task, Turn } from "./turn.ts";

/** How many events of histories are sent in one turn of the event loop, about. */
const eventsPerTurn = 1_000;
/** How many events may be sent each time that one's turn comes. */
export const eventsAtOnceMax = 500;

/** Lets histories out a part in each turn of the event loop, so that everybody else is served in between. */
export class Pace implements Task {
  readonly #turn: Pick<Turn, "atEnd">;
  readonly #waiting: (() => void)[] = [];
  #left = eventsPerTurn;
  #isScheduled = false;

  constructor(turn: Pick<Turn, "atEnd">) {
    this.#turn = turn;
  }

  /** Resolves when up to `eventsAtOnceMax` events may be sent; how many they were is to be told by `sent`. */
  pass(): Promise<void> | undefined {
    if (this.#left <= 0) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#take();
    return undefined;
  }

  /** So many were sent: what they left is for others. */
  sent(events: number): void {
    this.#left = Math.min(eventsPerTurn, this.#left + eventsAtOnceMax - events);
    this.#letOn();
  }

  /** The turn ends. */
  run(): void {
    this.#isScheduled = false;
    this.#left = eventsPerTurn;
    // Not before the turn has ended: what is asked for in its course is still done in it.
    queueMicrotask(() => this.#letOn());
  }

  #letOn(): void {
    while (this.#left > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#take();
      next();
    }
  }

  #take(): void {
    this.#left -= eventsAtOnceMax;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#turn.atEnd(this);
  }
}
