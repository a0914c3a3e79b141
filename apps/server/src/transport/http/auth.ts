import type { HonoRequest, MiddlewareHandler } from "hono";
import { Refusal } from "../../core/errors.ts";
import { everything, type Grant } from "../../core/policy.ts";
import type { Env, Parts } from "./context.ts";

/** A subprotocol that is a token in disguise: browsers cannot send an Authorization header with a WebSocket. */
const bearerPrefix = "bearer.";

/** Finds out what whoever asks may do. @throws Refusal `unauthenticated` (401) */
export function authenticate({ node }: Parts): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { authenticator } = node;
    if (authenticator === undefined) c.set("grant", everything);
    else {
      const token = bearerOf(c.req.header("authorization"));
      if (token === undefined)
        throw new Refusal("unauthenticated", "Authorization: Bearer <token or key> is needed");
      c.set("grant", await authenticator.authenticate(token));
    }
    return next();
  };
}

/**
 * What the token or ticket allows that comes with a WebSocket's handshake; undefined where there is none: it may still come in the hello.
 * @throws Refusal `unauthenticated`
 */
export async function grantOfHandshake(
  { node }: Parts,
  request: HonoRequest,
  subprotocols: readonly string[],
): Promise<Grant | undefined> {
  const disguised = subprotocols.find(isBearer)?.slice(bearerPrefix.length);
  const token = bearerOf(request.header("authorization")) ?? disguised ?? request.query("ticket");
  return token === undefined ? undefined : node.authenticator?.authenticate(token);
}

/** Whether the subprotocol is a token. */
export function isBearer(subprotocol: string): boolean {
  return subprotocol.startsWith(bearerPrefix);
}

function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
}
