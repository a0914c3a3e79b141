import type { Grant } from "./policy.ts";

/** Knows what bearers of tokens and keys may do. */
export interface Authenticator {
  /**
   * @throws Refusal `unauthenticated`, which says why, but never the token; `unavailable` where it cannot be known now
   * @param address where whoever bears it is
   */
  authenticate(token: string, address: string): Promise<Grant>;
}
