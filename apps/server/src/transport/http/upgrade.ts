import type { Context, Next } from "hono";
import type { ErrorCode } from "@switchboard/protocol";
import { Refusal } from "../../core/errors.ts";
import type { Dialect } from "../../core/dialect.ts";
import { Turnstile } from "../turnstile.ts";
import type { SocketData } from "../websocket.ts";
import { addressOf, type Env, type Parts } from "./context.ts";
import { refusalBody, statusOf } from "./errors.ts";
import { grantOfHandshake, isBearer } from "./handshake.ts";

/** One for all: they share the event loop. */
const turnstile = new Turnstile();

/** Picks the dialect of a connection, of the request and the subprotocols that it offers; undefined where none of them is spoken. */
type ChooseDialect = (c: Context<Env>, offered: readonly string[]) => Dialect | undefined;

/** `GET /ws`, and `GET /` where it asks for an upgrade: the way to a session. */
export function upgradeRoute(
  parts: Parts,
  choose: ChooseDialect = (_, offered) => parts.dialects.negotiate(offered),
) {
  const { node } = parts;
  return async (c: Context<Env>, next: Next): Promise<Response | void> => {
    if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
      if (c.req.path === "/") return next();
      c.header("Upgrade", "websocket");
      return c.json(refusalBody(new Refusal("bad_frame", "connect to this address with a WebSocket")), 426);
    }
    await turnstile.pass();
    const address = addressOf(parts, c);
    const { sessionsMax, sessionsPerAddressMax } = node.limits;
    if (node.sessions.size >= sessionsMax)
      return refuse(c, "unavailable", `the server has ${sessionsMax} sessions, its most (sessionsMax)`);
    if (node.sessions.from(address) >= sessionsPerAddressMax)
      return refuse(c, "limit_exceeded", `an address has ${sessionsPerAddressMax} sessions at most`);
    const offered = offeredBy(c);
    const crmIds = c.req.queries("crmId")?.flatMap(partsOf) ?? [];
    const grant = await grantOfHandshake(parts, c.req, { address, crmIds, subprotocols: offered });
    const spoken = offered.filter((name) => !isBearer(name));
    const dialect = choose(c, spoken);
    return upgrade(c, offered.length === 0 ? undefined : (dialect?.subprotocol ?? spoken[0]), {
      dialect,
      opening: {
        address,
        crmIds,
        grant,
        ...(node.hooks.onOpen && { request: { url: c.req.url, headers: c.req.header() } }),
      },
    });
  };
}

/** An upgrade at any path that nothing else takes, for dialects whose clients are used to a path of their own. */
export function upgradeAnywhere(parts: Parts) {
  const upgradeHere = upgradeRoute(parts);
  return async (c: Context<Env>, next: Next): Promise<Response | void> => {
    const dialect = parts.dialects.negotiate(offeredBy(c).filter((name) => !isBearer(name)));
    return dialect?.connectsAnywhere === true ? upgradeHere(c, next) : next();
  };
}

function offeredBy(c: Context<Env>): string[] {
  return partsOf(c.req.header("sec-websocket-protocol") ?? "");
}

function refuse(c: Context<Env>, code: ErrorCode, message: string): Response {
  const refusal = new Refusal(code, message);
  return c.json(refusalBody(refusal), statusOf(refusal));
}

function upgrade(c: Context<Env>, chosen: string | undefined, data: SocketData): Response {
  const { server } = c.env;
  // Left alone, Bun would choose the first one offered, whatever it is. One that is not spoken here is chosen on purpose,
  // so that the client hears the close code that says why.
  const headers = { "Sec-WebSocket-Protocol": chosen ?? "" };
  if (server.upgrade(c.req.raw, { data, headers })) return new Response(null, { status: 101 });
  return c.json(refusalBody(new Refusal("bad_frame", "this is no WebSocket handshake (RFC 6455)")), 426);
}

function partsOf(list: string): string[] {
  return list
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
