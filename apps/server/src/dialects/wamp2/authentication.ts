import { createHmac, timingSafeEqual } from "node:crypto";
import type { Authenticator } from "../../core/authenticator.ts";
import { Refusal } from "../../core/errors.ts";
import type { Grant } from "../../core/policy.ts";
import type { Session } from "../../core/session.ts";
import type { Principal, Principals } from "../principals.ts";
import type { Hello } from "./hello.ts";

/** Why a client may not join: an ABORT with this URI. */
export class Denial extends Error {
  override readonly name = "Denial";
  readonly uri: string;

  constructor(uri: string, message: string) {
    super(message);
    this.uri = uri;
  }
}

/** What a client must answer before it may join. */
export interface Challenge {
  readonly method: "ticket" | "wampcra";
  /** What CHALLENGE tells. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** What whoever answers so may do. @throws Refusal `unauthenticated` */
  verify(signature: string, ways: Authenticator): Promise<Grant>;
}

/** The URI of whoever did not prove who it is. */
export const failed = "wamp.error.authentication_failed";

/** The challenge for the first of the client's methods that is served. @throws Denial where there is none */
export function challengeFor(session: Session, hello: Hello, principals: Principals): Challenge {
  const { authmethods, authid } = hello;
  if (authmethods.length === 0)
    throw new Denial(
      "wamp.error.authentication_required",
      "connect with a token or a ticket, or offer authmethods",
    );
  for (const method of authmethods) {
    if (method === "ticket") return ticketChallenge(session.opening.address, authid);
    if (method === "wampcra" && principals !== undefined) return craChallenge(session, authid, principals);
  }
  const served = principals === undefined ? "ticket" : "ticket and wampcra";
  throw new Denial("wamp.error.no_matching_auth_method", `authmethods: ${served} are served here`);
}

/** A token, a key or a ticket of this server, as the signature. */
function ticketChallenge(address: string, authid: string | undefined): Challenge {
  return {
    method: "ticket",
    extra: {},
    async verify(signature, ways) {
      const grant = await ways.authenticate(signature, address);
      if (authid !== undefined && grant.subject !== undefined && grant.subject !== authid)
        throw new Refusal("unauthenticated", "authid: the ticket is somebody else's");
      return grant;
    },
  };
}

/** @throws Denial where nobody has that authid */
function craChallenge(
  { id, node, opening }: Session,
  authid: string | undefined,
  principals: ReadonlyMap<string, Principal>,
): Challenge {
  if (authid === undefined) throw new Denial(failed, "authid: is needed for wampcra");
  node.visitors.demandLogin(opening.address);
  const principal = principals.get(authid);
  if (principal === undefined) node.visitors.failedLogins.take(opening.address);
  if (principal === undefined)
    throw new Denial("wamp.error.no_such_principal", "authid: there is none of that name");
  const { secret, salt, iterations, keylen, grant } = principal;
  const challenge = JSON.stringify({
    authid,
    authrole: grant.role,
    authmethod: "wampcra",
    authprovider: node.server,
    nonce: crypto.randomUUID(),
    timestamp: new Date(node.clock.now()).toISOString(),
    session: Number(id),
  });
  return {
    method: "wampcra",
    extra: { challenge, ...(salt !== undefined && { salt, iterations, keylen }) },
    async verify(signature) {
      const expected = createHmac("sha256", secret).update(challenge).digest("base64");
      if (!isSame(expected, signature)) throw new Refusal("unauthenticated", "the signature is wrong");
      return grant;
    },
  };
}

/** Compares in constant time. */
function isSame(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}
