/** How often at least a live connection is measured, in ms. */
const measureEveryMs = 10_000;

/** Pings at once, and then with each heartbeat, for as long as the connection lives. */
export class Pulse {
  readonly #ping: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(ping: () => void) {
    this.#ping = ping;
  }

  /** @param heartbeatMs how often the server wants to hear something; 0 means that it does not mind. */
  start(heartbeatMs: number): void {
    this.stop();
    this.#ping();
    this.#timer = setInterval(
      this.#ping,
      heartbeatMs > 0 ? Math.min(heartbeatMs, measureEveryMs) : measureEveryMs,
    );
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
