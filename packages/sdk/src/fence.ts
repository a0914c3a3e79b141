import type { SwitchboardError } from "./switchboard-error.ts";

/** Sends a ping; `answered` hears that the pong has come, or why it has not. */
type Ping = (answered: (error: SwitchboardError | undefined) => void) => void;

/**
 * Tells when the server has answered all that was asked before: by a ping that is sent after it. Those who wait while one is
 * under way share the next.
 */
export class Fence {
  readonly #ping: Ping;
  #waiting: (() => void)[] = [];
  #under: (() => void)[] | undefined;

  constructor(ping: Ping) {
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
    this.#ping((error) => {
      this.#under = undefined;
      if (error === undefined) for (const passed of under) passed();
      else this.#waiting = error.code === "timeout" ? [...under, ...this.#waiting] : [];
      this.#send();
    });
  }
}
