import type { Authenticator } from "../core/authenticator.ts";
import { Refusal } from "../core/errors.ts";
import { grantOfKey, type ApiKey } from "./api-keys.ts";
import type { TokenVerifier } from "./tokens.ts";

/** Knows tokens and keys, whichever there are; undefined where there are neither, and nothing asks who connects. */
export function createAuthenticator(
  keys: readonly ApiKey[],
  verifyToken: TokenVerifier | undefined,
): Authenticator | undefined {
  if (keys.length === 0 && verifyToken === undefined) return undefined;
  return {
    async authenticate(token) {
      const grant = grantOfKey(keys, token);
      if (grant !== undefined) return grant;
      if (verifyToken !== undefined && token.split(".").length === 3) return verifyToken(token);
      throw new Refusal("unauthenticated", "token: there is no such key or token");
    },
  };
}
