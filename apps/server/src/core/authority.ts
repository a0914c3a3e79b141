import type { Authenticator } from "./authenticator.ts";
import type { Clock } from "./clock.ts";
import { Close, Refusal } from "./errors.ts";
import type { Logins } from "./logins.ts";
import { demand, everything, type Grant, type Verb } from "./policy.ts";
import { refusedIn, type Refused, type Refusee } from "./refused.ts";
import type { Subscription } from "./subscription.ts";

/** Whose authority it is. */
interface Owner extends Refusee {
  readonly ended: boolean;
  fail(error: unknown): void;
}

/** What authority needs of the node. */
interface Place {
  readonly clock: Clock;
  readonly authenticator: Pick<Logins, "attempt">;
  readonly refused: (refused: Refused) => void;
}

/** What a session may do, and until when. */
export class Authority {
  readonly #place: Place;
  readonly #owner: Owner;
  #grant: Grant | undefined;
  #stopExpiry: (() => void) | undefined;

  /** @param owner fails (4003) when the grant has expired */
  constructor(place: Place, owner: Owner, grant?: Grant) {
    this.#place = place;
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
    if (grant.expiresAt === undefined || this.#owner.ended) return;
    const left = grant.expiresAt - this.#place.clock.now();
    this.#stopExpiry = this.#place.clock.after(left, () => this.#owner.fail(new Close("tokenExpired")));
  }

  /** Shows a token: from now on what it allows holds. @throws Refusal `unauthenticated`, `unavailable`, `rate_limited` */
  async show(token: string): Promise<void> {
    this.take(await this.attempt((ways) => ways.authenticate(token, this.#owner.opening.address)));
  }

  /** Shows a newer token. @throws Refusal, `forbidden` where it is another subject's, or does not allow what is subscribed to */
  async renew(token: string, subscriptions: Iterable<Subscription>): Promise<void> {
    const grant = await this.attempt((ways) => ways.authenticate(token, this.#owner.opening.address));
    try {
      if (grant.subject !== this.#grant?.subject) throw new Refusal("forbidden", "token: is somebody else's");
      for (const { topic, match } of subscriptions) demand(grant, "subscribe", topic, match);
    } catch (error) {
      throw this.#noted(error);
    }
    this.take(grant);
  }

  /** @throws Refusal `unauthenticated` where the session has shown nothing yet */
  demandShown(): void {
    if (this.#grant === undefined) throw this.#noted(new Refusal("unauthenticated", "a token is needed"));
  }

  /** @throws Refusal `unauthenticated`, `forbidden` */
  demand(verb: Verb, topic: string, match?: Subscription["match"]): void {
    try {
      if (this.#grant === undefined)
        throw new Refusal("unauthenticated", "token: is needed; say hello with one");
      demand(this.#grant, verb, topic, match);
    } catch (error) {
      throw this.#noted(error);
    }
  }

  /**
   * Tries to log in, in whatever way the language has: that it failed is logged and counts, wherever the client tries next.
   * @throws what the login throws, and Refusal `rate_limited` where too many from its address have failed
   */
  async attempt<T>(login: (ways: Authenticator) => T | Promise<T>): Promise<T> {
    try {
      return await this.#place.authenticator.attempt(this.#owner.opening.address, async (ways) =>
        login(ways),
      );
    } catch (error) {
      throw this.#noted(error);
    }
  }

  /** The grant no longer expires: the session is gone. */
  stop(): void {
    this.#stopExpiry?.();
    this.#stopExpiry = undefined;
  }

  #noted(error: unknown): unknown {
    if (error instanceof Refusal) this.#place.refused(refusedIn(this.#owner, error));
    return error;
  }
}

const nobody: Owner = {
  id: "",
  subject: undefined,
  language: { subprotocol: "" },
  opening: { address: "" },
  ended: false,
  fail() {},
};

/** Of all sessions where nothing asks who connects. */
const unasked = new Authority(
  {
    clock: { now: () => 0, after: () => () => {} },
    authenticator: {
      attempt: (_, login) => login({ authenticate: () => Promise.resolve(everything) }),
    },
    refused() {},
  },
  nobody,
  everything,
);

/** The authority of a session that comes with this grant, or with none yet; one for all where nothing asks who connects. */
export function authorityOf(
  owner: Owner,
  {
    authenticator,
    clock,
    refused,
  }: Omit<Place, "authenticator"> & {
    readonly authenticator: Place["authenticator"] | undefined;
  },
  grant: Grant | undefined,
): Authority {
  if (authenticator === undefined) return unasked;
  const authority = new Authority({ authenticator, clock, refused }, owner);
  if (grant !== undefined) authority.take(grant);
  return authority;
}
