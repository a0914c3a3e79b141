import { Refusal } from "./errors.ts";

/** What happened on this node since it started: plain numbers, so that counting costs next to nothing. */
export class Tally {
  /** How often an event was sent to a session as it came; what is read from history later does not count. */
  delivered = 0;
  /** Calls, whether they were answered or not. */
  calls = 0;
  readonly #publishesRefused = new Map<string, number>();
  readonly #callsRefused = new Map<string, number>();
  readonly #sessionsEnded = new Map<number, number>();

  /** How many publishes were refused, by the code of the error table. */
  get publishesRefused(): ReadonlyMap<string, number> {
    return this.#publishesRefused;
  }

  /** How many calls ended without a result, by code. */
  get callsRefused(): ReadonlyMap<string, number> {
    return this.#callsRefused;
  }

  /** How many sessions have ended, by the code that they were closed with. */
  get sessionsEnded(): ReadonlyMap<number, number> {
    return this.#sessionsEnded;
  }

  publishRefused(error: unknown): void {
    increase(this.#publishesRefused, codeOf(error));
  }

  callRefused(error: unknown): void {
    increase(this.#callsRefused, codeOf(error));
  }

  sessionEnded(code: number): void {
    increase(this.#sessionsEnded, code);
  }
}

/** Applications and clients make up codes of their own: beyond so many different ones, all others are one. */
const keysMax = 100;

function increase<Key extends string | number>(counts: Map<Key, number>, key: Key): void {
  const known = counts.has(key) || counts.size < keysMax;
  const counted = known ? key : ((typeof key === "number" ? 0 : "other") as Key);
  counts.set(counted, (counts.get(counted) ?? 0) + 1);
}

function codeOf(error: unknown): string {
  return error instanceof Refusal ? error.code : "internal";
}
