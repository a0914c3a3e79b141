/**
 * Tells when the server has answered all that was asked before: by a ping that is sent after it. Those who wait while one is
 * under way share the next.
 */
export class Fence {
  readonly #ping: (answered: (alive: boolean) => void) => void;
  #waiting: (() => void)[] = [];
  #under: (() => void)[] | undefined;

  /** @param ping sends a ping; `answered(false)` means that the connection is gone, or the pong late. */
  constructor(ping: (answered: (alive: boolean) => void) => void) {
    this.#ping = ping;
  }

  /** Calls `passed` once a ping sent from now on is answered; never, where the connection ends before. */
  wait(passed: () => void): void {
    this.#waiting.push(passed);
    this.#send();
  }

  #send(): void {
    if (this.#under !== undefined || this.#waiting.length === 0) return;
    const under = this.#waiting;
    this.#under = under;
    this.#waiting = [];
    this.#ping((alive) => {
      this.#under = undefined;
      if (alive) for (const passed of under) passed();
      else this.#waiting = [];
      this.#send();
    });
  }
}
