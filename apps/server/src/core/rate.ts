import type { Clock } from "./clock.ts";
import { Refusal } from "./errors.ts";

/** A token bucket: so many a second, and as many at once. */
export class Rate {
  readonly #perSecond: number;
  readonly #clock: Clock;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#tokens = perSecond;
    this.#at = clock.now();
  }

  /** Takes one. @throws Refusal `rate_limited`, which says when there is one again @param what the things that are counted */
  demand(what: string): void {
    const retryAfterMs = this.take();
    if (retryAfterMs > 0)
      throw new Refusal("rate_limited", `${what}: ${this.#perSecond} a second at most`, { retryAfterMs });
  }

  /** Takes one; 0 where there was one, else how long until there is one again, in ms. */
  take(): number {
    const now = this.#clock.now();
    if (now !== this.#at) {
      this.#tokens = Math.min(this.#perSecond, this.#tokens + ((now - this.#at) * this.#perSecond) / 1000);
      this.#at = now;
    }
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) * 1000) / this.#perSecond);
    this.#tokens -= 1;
    return 0;
  }
}
