import type { Authority } from "./authority.ts";
import type { Clock } from "./clock.ts";
import type { Limits } from "./limits.ts";
import type { Publication } from "./publication.ts";
import { Rate } from "./rate.ts";
import type { Tally } from "./tally.ts";

interface Node {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly tally: Tally;
}

/** What one session publishes: no more, and no faster, than it may. */
export class SessionPublishes {
  readonly #authority: Authority;
  readonly #tally: Tally;
  readonly #rate: Rate;

  constructor({ limits, clock, tally }: Node, authority: Authority) {
    this.#authority = authority;
    this.#tally = tally;
    this.#rate = new Rate(limits.publishesPerSecondMax, clock);
  }

  /** @throws Refusal `unauthenticated`, `forbidden`, `rate_limited` */
  demand({ topics }: Publication): void {
    try {
      for (const topic of topics) this.#authority.demand("publish", topic);
      this.#rate.demand("publishes");
    } catch (error) {
      this.#tally.publishRefused(error);
      throw error;
    }
  }
}
