import type { Authenticator } from "./authenticator.ts";
import { Refusal } from "./errors.ts";
import type { Grant } from "./policy.ts";
import type { Visitors } from "./visitors.ts";

/** Lets whoever shows a token or key log in, whatever door it stands at, and nobody from where too many logins failed. */
export class Logins implements Authenticator {
  readonly #authenticator: Authenticator;
  readonly #visitors: Visitors;

  constructor(authenticator: Authenticator, visitors: Visitors) {
    this.#authenticator = authenticator;
    this.#visitors = visitors;
  }

  /** @throws Refusal `unauthenticated`, `unavailable`, `rate_limited` */
  authenticate(token: string, address: string): Promise<Grant> {
    return this.attempt(address, (ways) => ways.authenticate(token, address));
  }

  /** One login, by however many ways: it counts as failed where they all end in `unauthenticated`. @throws Refusal `rate_limited` */
  async attempt<T>(address: string, login: (ways: Authenticator) => Promise<T>): Promise<T> {
    this.#visitors.demandLogin(address);
    try {
      return await login({ authenticate: (token) => this.#authenticator.authenticate(token, address) });
    } catch (error) {
      if (error instanceof Refusal && error.code === "unauthenticated")
        this.#visitors.failedLogins.take(address);
      throw error;
    }
  }
}
