import type { Clock } from "./clock.ts";
import { Close, Refusal } from "./errors.ts";
import { demand, everything, type Grant, type Verb } from "./policy.ts";
import type { Subscription } from "./subscription.ts";

/** What a session may do, and until when. */
export class Authority {
  readonly #clock: Clock;
  readonly #owner: { fail(error: unknown): void };
  #grant: Grant | undefined;
  #stopExpiry: (() => void) | undefined;

  /** @param owner fails (4003) when the grant has expired */
  constructor(clock: Clock, owner: { fail(error: unknown): void }, grant?: Grant) {
    this.#clock = clock;
    this.#owner = owner;
    this.#grant = grant;
  }

  /** Undefined where the session has shown nothing yet, and must. */
  get grant(): Grant | undefined {
    return this.#grant;
  }

  /** From now on the grant holds, until it expires. */
  take(grant: Grant): void {
    this.#grant = grant;
    this.stop();
    if (grant.expiresAt === undefined) return;
    const left = grant.expiresAt - this.#clock.now();
    this.#stopExpiry = this.#clock.after(left, () => this.#owner.fail(new Close("tokenExpired")));
  }

  /** Takes a newer grant. @throws Refusal `forbidden` where it is another subject's, or does not allow what is subscribed to */
  renew(grant: Grant, subscriptions: Iterable<Subscription>): void {
    if (grant.subject !== this.#grant?.subject) throw new Refusal("forbidden", "token: is somebody else's");
    for (const { topic, match } of subscriptions) demand(grant, "subscribe", topic, match);
    this.take(grant);
  }

  /** @throws Refusal `unauthenticated`, `forbidden` */
  demand(verb: Verb, topic: string, match?: Subscription["match"]): void {
    if (this.#grant === undefined)
      throw new Refusal("unauthenticated", "token: is needed; say hello with one");
    demand(this.#grant, verb, topic, match);
  }

  /** The grant no longer expires: the session is gone. */
  stop(): void {
    this.#stopExpiry?.();
    this.#stopExpiry = undefined;
  }
}

/** Of all sessions where nothing asks who connects. */
export const unasked = new Authority({ now: () => 0, after: () => () => {} }, { fail() {} }, everything);
