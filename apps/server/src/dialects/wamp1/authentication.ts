import { createHmac, timingSafeEqual } from "node:crypto";
import { Refusal } from "../../core/errors.ts";
import type { Grant } from "../../core/policy.ts";
import type { Session } from "../../core/session.ts";
import type { Principal } from "../principals.ts";

/** The two procedures of WAMP-CRA. */
export const authProcedures = {
  ask: "http://api.wamp.ws/procedure#authreq",
  prove: "http://api.wamp.ws/procedure#auth",
} as const;

/** How long a client may take to show who it is, in ms. */
export const authenticationMs = 10_000;

/** A client shows who it is after it was welcomed (WAMP-CRA): it calls for a challenge, and calls again with its signature. */
export class Authentication {
  readonly #session: Session;
  readonly #principals: ReadonlyMap<string, Principal>;
  #asked: { readonly challenge: string; readonly principal: Principal } | undefined;

  constructor(session: Session, principals: ReadonlyMap<string, Principal>) {
    this.#session = session;
    this.#principals = principals;
  }

  /** The challenge to be signed; asking anew makes the last one void. @throws Refusal `unauthenticated` */
  ask(name: unknown): string {
    const principal = typeof name === "string" ? this.#principals.get(name) : undefined;
    if (principal === undefined) throw new Refusal("unauthenticated", "there is nobody of that name");
    const { salt, iterations, keylen } = principal;
    const challenge = JSON.stringify({
      authid: crypto.randomUUID(),
      authkey: name,
      timestamp: new Date(this.#session.node.clock.now()).toISOString(),
      sessionid: this.#session.id,
      authextra: salt === undefined ? {} : { salt, iterations, keylen },
    });
    this.#asked = { challenge, principal };
    return challenge;
  }

  /** What whoever has signed the challenge may do; each challenge can be answered once. @throws Refusal `unauthenticated` */
  prove(signature: unknown): Grant {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked === undefined) throw new Refusal("unauthenticated", `call ${authProcedures.ask} first`);
    const right = createHmac("sha256", asked.principal.secret).update(asked.challenge).digest();
    const given = Buffer.from(typeof signature === "string" ? signature : "", "base64");
    if (given.length !== right.length || !timingSafeEqual(given, right))
      throw new Refusal("unauthenticated", "the signature is wrong");
    return asked.principal.grant;
  }
}
