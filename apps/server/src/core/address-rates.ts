import { householdOf } from "./address.ts";
import { Refusal } from "./errors.ts";
import type { Rate } from "./rate.ts";

/** So many for each address. Of addresses that were not seen for long the rate is forgotten, and begins anew. */
export class AddressRates {
  readonly #newRate: () => Rate;
  readonly #addressesMax: number;
  readonly #rates = new Map<string, Rate>();

  constructor(newRate: () => Rate, addressesMax: number) {
    this.#newRate = newRate;
    this.#addressesMax = addressesMax;
  }

  /** How many addresses are known. */
  get size(): number {
    return this.#rates.size;
  }

  /** How long until there is one for the address, in ms; 0 where there is. */
  waitMs(address: string): number {
    return this.#rates.get(householdOf(address))?.waitMs ?? 0;
  }

  /** Takes so many where there is one. @throws Refusal `rate_limited`, which says when there is one again */
  demand(address: string, why: string, count = 1): void {
    const retryAfterMs = this.take(address, count);
    if (retryAfterMs > 0) throw new Refusal("rate_limited", why, { retryAfterMs });
  }

  /** Takes so many where there is one; 0 where there was, else how long until there is, in ms. */
  take(address: string, count = 1): number {
    const household = householdOf(address);
    const rate = this.#rates.get(household) ?? this.#newRate();
    // The last is who was seen last.
    this.#rates.delete(household);
    this.#rates.set(household, rate);
    this.#forgetOldest();
    return rate.take(count);
  }

  #forgetOldest(): void {
    if (this.#rates.size <= this.#addressesMax) return;
    const [oldest] = this.#rates.keys();
    if (oldest !== undefined) this.#rates.delete(oldest);
  }
}
