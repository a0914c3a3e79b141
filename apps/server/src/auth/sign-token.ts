import { SignJWT } from "jose";
import type { Allowance } from "./claims.ts";

/** What a token says. */
export interface TokenClaims extends Allowance {
  readonly subject?: string | undefined;
  /** When it ends, in seconds since 1970. */
  readonly expiresAt: number;
}

/** Signs a token as a server verifies it that has this secret (HS256). */
export function signToken(
  { subject, expiresAt, ...allowance }: TokenClaims,
  secret: string,
): Promise<string> {
  return new SignJWT(subject === undefined ? { ...allowance } : { ...allowance, sub: subject })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt()
    .setExpirationTime(expiresAt)
    .sign(new TextEncoder().encode(secret));
}
