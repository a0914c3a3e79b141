import type { Clock } from "./clock.ts";
import { Close, Refusal } from "./errors.ts";

/** So many refusals are forgiven, however low the rate is. */
const forgivenMin = 10;

/**
 * A token bucket: so many a second, and as many at once (or half as many again, after a pause). Whoever is refused more often than it may take is no longer refused, but ended:
 * refusals are forgiven as fast as tokens come.
 */
export class Rate {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #refused = 0;
  #at: number;

  constructor(perSecond: number, clock: Clock, burst = perSecond) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#clock = clock;
    this.#tokens = burst;
    this.#at = clock.now();
  }

  /** Whether it has been refused so often that it does not heed it. */
  get isExceeded(): boolean {
    return this.#refused > Math.max(this.#burst, forgivenMin);
  }

  /** How long until there is one, in ms; 0 where there is. */
  get waitMs(): number {
    // The clock is asked only when it may matter: that costs more than all the rest.
    if (this.#tokens < Math.max(1, this.#burst / 2)) this.#refill();
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1000) / this.#perSecond);
  }

  /**
   * Takes so many, and waits for those that are missing afterwards, so that what is larger than the rate passes too.
   * @throws Refusal `rate_limited`, which says when there is one again; Close where that was not heeded
   * @param what the things that are counted
   */
  demand(what: string, count = 1): void {
    const retryAfterMs = this.take(count);
    if (retryAfterMs === 0) return;
    const why = `${what}: ${this.#perSecond} a second at most`;
    if (this.isExceeded) throw new Close("rateLimited", why);
    throw new Refusal("rate_limited", why, { retryAfterMs });
  }

  /** Takes so many where there is one; 0 where there was, else how long until there is, in ms. */
  take(count = 1): number {
    const { waitMs } = this;
    if (waitMs === 0) this.#tokens -= count;
    else this.#refused += 1;
    return waitMs;
  }

  #refill(): void {
    const now = this.#clock.now();
    if (now === this.#at) return;
    // A clock that was set back takes nothing away.
    const fresh = Math.max(0, ((now - this.#at) * this.#perSecond) / 1000);
    this.#tokens = Math.min(this.#burst, this.#tokens + fresh);
    this.#refused = Math.max(0, this.#refused - fresh);
    this.#at = now;
  }
}
