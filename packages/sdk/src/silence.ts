/** Finds out that nothing has come for too long. Hearing something costs one assignment. */
export class Silence {
  readonly #tooLong: (ms: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heardAt = 0;

  /** @param tooLong called once, with how many ms nothing has come. */
  constructor(tooLong: (ms: number) => void) {
    this.#tooLong = tooLong;
  }

  /** Begins to listen: `tooLong` is called after so many ms without `heard`. */
  start(limitMs: number): void {
    this.stop();
    this.#heardAt = Date.now();
    this.#wait(limitMs, limitMs);
  }

  /** Something has come, at this time (ms since 1970). */
  heard(at: number): void {
    this.#heardAt = at;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(waitMs: number, limitMs: number): void {
    this.#timer = setTimeout(() => {
      const now = Date.now();
      // The clock may have been set back.
      this.#heardAt = Math.min(this.#heardAt, now);
      const silentMs = now - this.#heardAt;
      if (silentMs >= limitMs) this.#tooLong(silentMs);
      else this.#wait(limitMs - silentMs, limitMs);
    }, waitMs);
  }
}
