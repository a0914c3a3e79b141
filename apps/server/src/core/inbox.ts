import type { Frame } from "./frame.ts";

/** Whoever hears frames. */
interface Hearer {
  hear(frame: Frame): void | Promise<void>;
  fail(error: unknown): void;
}

/** What a client said while an earlier frame was being answered: heard in order, each after those before it were answered. */
export class Inbox {
  readonly #hearer: Hearer;
  readonly #max: number;
  readonly #onIdle: () => void;
  #waiting: Frame[] = [];

  /** @param onIdle told when nothing waits any longer, and the next frame can be heard at once */
  constructor(hearer: Hearer, max: number, onIdle: () => void) {
    this.#hearer = hearer;
    this.#max = max;
    this.#onIdle = onIdle;
  }

  /** False where too many frames wait already. */
  take(frame: Frame): boolean {
    return this.#waiting.push(frame) <= this.#max;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
  }

  /** Hears what waits, once the promise has settled. */
  async after(answering: Promise<void>): Promise<void> {
    await this.#settled(answering);
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      await this.#settled(this.#hear(next));
    this.#onIdle();
  }

  async #hear(frame: Frame): Promise<void> {
    await this.#hearer.hear(frame);
  }

  async #settled(answering: Promise<void>): Promise<void> {
    try {
      await answering;
    } catch (error) {
      this.#hearer.fail(error);
    }
  }
}
