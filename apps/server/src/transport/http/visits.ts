import type { Context, MiddlewareHandler, Next } from "hono";
import { clientAddress } from "../../core/address.ts";
import { Refusal } from "../../core/errors.ts";
import { isAllowedOrigin } from "../origin.ts";
import type { Env, Parts } from "./context.ts";

/** Finds out where a request comes from. */
export function knowAddress({ proxies }: Parts): MiddlewareHandler<Env> {
  return (c, next) => {
    const peer = c.env.server.requestIP(c.req.raw)?.address ?? "";
    c.set(
      "address",
      clientAddress(peer, proxies, (header) => c.req.header(header)),
    );
    return next();
  };
}

/** Lets an address ask as often, and as much, as a session may say. @throws Refusal `rate_limited` (429) */
export function limitVisits({ node }: Parts): MiddlewareHandler<Env> {
  const { visitors, limits } = node;
  const { framesPerSecondMax, bytesPerSecondMax, frameBytesMax, frameBytesHardMax } = limits;
  return (c, next) => {
    const address = c.get("address");
    visitors.requests.demand(address, `requests: ${framesPerSecondMax} a second at most from one address`);
    const bytes = bodyBytes(c, frameBytesMax, frameBytesHardMax);
    if (bytes > 0)
      visitors.bytes.demand(address, `bytes: ${bytesPerSecondMax} a second at most from one address`, bytes);
    return next();
  };
}

/** Lets nobody in but programs, the server's own pages and those that are listed. @throws Refusal `forbidden` (403) */
export function limitOrigins({ allowedOrigins }: Parts) {
  return (c: Context<Env>, next: Next): Promise<void> => {
    if (isAllowedOrigin(c.req.header("origin"), c.req.header("host"), allowedOrigins)) return next();
    const why = "pages of this origin may not connect (SWITCHBOARD_ALLOWED_ORIGINS)";
    throw new Refusal("forbidden", why);
  };
}

/** @param untold what counts where the length is not told @param most of which more is never read */
function bodyBytes(c: Context<Env>, untold: number, most: number): number {
  const length = c.req.header("content-length");
  // What is announced beyond all limits is refused without being read: it must not count for minutes against all who share the address.
  if (length !== undefined) return Math.min(Number(length) || 0, most);
  return c.req.header("transfer-encoding") === undefined ? 0 : untold;
}
