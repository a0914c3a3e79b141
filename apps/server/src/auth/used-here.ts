import type { Clock } from "../core/clock.ts";
import { Refusal } from "../core/errors.ts";
import type { Once } from "../core/once.ts";

/** How many used tickets are remembered until they end; while there are more, tickets for one use are refused. */
const usedMax = 100_000;

/** Remembers in this process which tickets were used. */
export class UsedHere implements Once {
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #used = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  useUp(id: string, made: number, expires: number): void {
    // Those that were used before the server started are not remembered.
    if (made < this.#startedAt)
      throw new Refusal("unauthenticated", "ticket: was made before the server's last start");
    if (this.#used.has(id)) throw new Refusal("unauthenticated", "ticket: was used already");
    this.#forgetExpired();
    if (this.#used.size >= usedMax)
      throw new Refusal("unavailable", `ticket: more than ${usedMax} are in use; try again in a minute`);
    this.#used.set(id, expires);
  }

  #forgetExpired(): void {
    if (this.#used.size < usedMax && this.#used.size % 1_000 !== 0) return;
    const now = this.#clock.now();
    for (const [id, expires] of this.#used) if (expires < now) this.#used.delete(id);
  }
}
