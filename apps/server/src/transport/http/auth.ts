import type { MiddlewareHandler } from "hono";
import { Refusal } from "../../core/errors.ts";
import { everything } from "../../core/policy.ts";
import type { Env, Parts } from "./context.ts";

/** Finds out what whoever asks may do. @throws Refusal `unauthenticated` (401) */
export function authenticate({ node }: Parts): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { authenticator } = node;
    if (authenticator === undefined) c.set("grant", everything);
    else {
      const token = bearerOf(c.req.header("authorization"));
      if (token === undefined)
        throw new Refusal("unauthenticated", "Authorization: Bearer <token or key> is needed");
      c.set("grant", await authenticator.authenticate(token, c.get("address")));
    }
    return next();
  };
}

/** The token or key in an `Authorization: Bearer` header. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
}
