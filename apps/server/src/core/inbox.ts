/** What a client said and was not yet heard: frames are heard in order, each after those before it were answered. */
export class Inbox {
  readonly #hear: (frame: string) => void | Promise<void>;
  readonly #onFault: (error: unknown) => void;
  readonly #max: number;
  #waiting: string[] | undefined;

  /**
   * @param hear hears one frame; while its promise is pending, the later ones wait
   * @param onFault told what `hear` threw
   * @param max how many frames may wait
   */
  constructor(hear: (frame: string) => void | Promise<void>, onFault: (error: unknown) => void, max: number) {
    this.#hear = hear;
    this.#onFault = onFault;
    this.#max = max;
  }

  /** False where too many frames wait already. */
  take(frame: string): boolean {
    if (this.#waiting !== undefined) return this.#waiting.push(frame) <= this.#max;
    try {
      const answering = this.#hear(frame);
      if (answering !== undefined) this.holdWhile(answering);
    } catch (error) {
      this.#onFault(error);
    }
    return true;
  }

  /** Nothing is heard until the promise has settled. */
  holdWhile(answering: Promise<void>): void {
    this.#waiting = [];
    void this.#waitFor(answering);
  }

  /** Forgets what waits. */
  clear(): void {
    if (this.#waiting !== undefined) this.#waiting = [];
  }

  async #waitFor(answering: Promise<void>): Promise<void> {
    try {
      await answering;
    } catch (error) {
      this.#onFault(error);
    }
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const frame of waiting) this.take(frame);
  }
}
