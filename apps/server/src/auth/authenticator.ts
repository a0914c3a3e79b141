import type { Authenticator } from "../core/authenticator.ts";
import { Refusal } from "../core/errors.ts";
import { grantOfKey, type ApiKey } from "./api-keys.ts";
import { isTicket, type Tickets } from "./tickets.ts";
import type { TokenVerifier } from "./tokens.ts";

/** What bearers may be known by. */
export interface Credentials {
  readonly keys: readonly ApiKey[];
  readonly verifyToken: TokenVerifier | undefined;
  readonly tickets: Tickets;
}

/** Knows keys, tickets and tokens. */
export function createAuthenticator({ keys, verifyToken, tickets }: Credentials): Authenticator {
  return {
    async authenticate(token) {
      const grant = grantOfKey(keys, token);
      if (grant !== undefined) return grant;
      if (isTicket(token)) return tickets.use(token);
      if (verifyToken !== undefined && token.split(".").length === 3) return verifyToken(token);
      throw new Refusal("unauthenticated", "token: there is no such key or token");
    },
  };
}
