import { AddressRates } from "./address-rates.ts";
import type { Clock } from "./clock.ts";
import { Refusal } from "./errors.ts";
import type { Limits } from "./limits.ts";
import { Rate } from "./rate.ts";

/** What each address may do: to connect, to fail to log in, and over HTTP as much as a session. */
export class Visitors {
  readonly connects: AddressRates;
  readonly failedLogins: AddressRates;
  readonly requests: AddressRates;
  readonly bytes: AddressRates;
  readonly publishes: AddressRates;
  readonly calls: AddressRates;

  readonly #limits: Limits;

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    const of = (perSecond: number, burst = perSecond) =>
      new AddressRates(() => new Rate(perSecond, clock, burst), limits.addressesMax);
    this.connects = of(limits.connectsPerSecondMax);
    this.failedLogins = of(limits.failedLoginsPerMinuteMax / 60, limits.failedLoginsPerMinuteMax);
    this.requests = of(limits.framesPerSecondMax);
    this.bytes = of(limits.bytesPerSecondMax);
    this.publishes = of(limits.publishesPerSecondMax);
    this.calls = of(limits.callsPerSecondMax);
  }

  /** @throws Refusal `rate_limited` where too many logins from there have failed */
  demandLogin(address: string): void {
    const retryAfterMs = this.failedLogins.waitMs(address);
    if (retryAfterMs > 0)
      throw new Refusal("rate_limited", "too many logins from this address have failed", { retryAfterMs });
  }

  /** @throws Refusal `rate_limited` */
  demandPublishes(address: string, count: number): void {
    const { publishesPerSecondMax } = this.#limits;
    this.publishes.demand(
      address,
      `an address publishes ${publishesPerSecondMax} times a second at most`,
      count,
    );
  }
}
