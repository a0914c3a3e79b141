import type { Grant } from "./policy.ts";

/** Knows what bearers of tokens and keys may do. */
export interface Authenticator {
  /** @throws Refusal `unauthenticated`, which says why, but never the token */
  authenticate(token: string): Promise<Grant>;
}
