import { createPublicKey, type KeyObject } from "node:crypto";
import { explainIssues } from "@switchboard/protocol";
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";
import * as z from "zod";
import { allowanceSchema, grantFrom, subjectSchema } from "./claims.ts";
import { Refusal } from "../core/errors.ts";
import type { Grant } from "../core/policy.ts";

/** How far clocks may be apart where a token says from when on it holds, in seconds. */
const toleranceSeconds = 5;
/** What is told of a token that is none, or was made with another key. */
const invalid = "token: is not valid";
const expired = "token: has expired";
const claimsSchema = allowanceSchema.extend({ sub: subjectSchema.optional(), exp: z.number() });

/** Where the keys come from that tokens are verified with. */
export interface TokenKeys {
  /** HS256. */
  readonly secret?: string | undefined;
  /** RS256, ES256 or EdDSA: a public key as PEM. */
  readonly publicKeyPem?: string | undefined;
  /** The same, as a JWKS that is fetched, cached, and fetched again when a token names a key that is not in it. */
  readonly jwksUrl?: string | undefined;
}

/** Verifies a token and reads its claims. @throws Refusal `unauthenticated` */
export type TokenVerifier = (token: string) => Promise<Grant>;

interface Verification {
  readonly key: Uint8Array | KeyObject | JWTVerifyGetKey;
  readonly algorithms: string[];
}

/** A verifier for the keys that are given; undefined where there are none. Each key takes its own algorithms only, and never `none`. */
export function tokenVerifier(keys: TokenKeys): TokenVerifier | undefined {
  const verifications = verificationsOf(keys);
  if (verifications.length === 0) return undefined;
  return async (token) => {
    const refusals: Refusal[] = [];
    for (const verification of verifications) {
      try {
        return grantOf(await payloadOf(token, verification));
      } catch (error) {
        refusals.push(refusalFor(error, verification));
      }
    }
    // The key that made the token knows best what is wrong with it; to the others it is just not valid.
    throw refusals.find(({ message }) => message !== invalid) ?? refusals[0];
  };
}

function verificationsOf({ secret, publicKeyPem, jwksUrl }: TokenKeys): Verification[] {
  const verifications: Verification[] = [];
  if (secret !== undefined)
    verifications.push({ key: new TextEncoder().encode(secret), algorithms: ["HS256"] });
  if (publicKeyPem !== undefined) {
    const key = createPublicKey(publicKeyPem);
    verifications.push({ key, algorithms: algorithmsOf(key) });
  }
  if (jwksUrl !== undefined)
    verifications.push({
      key: createRemoteJWKSet(new URL(jwksUrl)),
      algorithms: ["RS256", "ES256", "EdDSA"],
    });
  return verifications;
}

function algorithmsOf(key: KeyObject): string[] {
  if (key.asymmetricKeyType === "rsa") return ["RS256"];
  return key.asymmetricKeyType === "ec" ? ["ES256"] : ["EdDSA", "Ed25519"];
}

async function payloadOf(token: string, { key, algorithms }: Verification): Promise<JWTPayload> {
  const options = { algorithms, clockTolerance: toleranceSeconds, requiredClaims: ["exp"] };
  const verified =
    typeof key === "function" ? await jwtVerify(token, key, options) : await jwtVerify(token, key, options);
  return verified.payload;
}

function grantOf(payload: JWTPayload): Grant {
  const read = claimsSchema.safeParse(payload);
  if (!read.success) throw new Refusal("unauthenticated", `token: ${explainIssues(read.error.issues)}`);
  const { sub, exp, ...allowance } = read.data;
  // What had a few seconds of grace here would be ended as soon as it is connected, and come back, and be ended.
  if (exp * 1000 <= Date.now()) throw new Refusal("unauthenticated", expired);
  return grantFrom(allowance, sub, exp * 1000);
}

function refusalFor(error: unknown, { key }: Verification): Refusal {
  if (error instanceof Refusal) return error;
  if (typeof key === "function" && isOutage(error))
    return new Refusal("unavailable", "token: the keys that verify it cannot be fetched now", {
      cause: error,
    });
  return new Refusal("unauthenticated", faultOf(error), { cause: error });
}

function faultOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return expired;
  const isTooSoon = error instanceof errors.JWTClaimValidationFailed && error.claim === "nbf";
  return isTooSoon ? "token: is not valid yet" : invalid;
}

/** Whether the key set could not be had; whatever else is wrong is wrong with the token. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return (
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.code === "ERR_JOSE_GENERIC"
  );
}
