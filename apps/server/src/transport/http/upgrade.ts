import type { Context, Next } from "hono";
import { Refusal } from "../../core/errors.ts";
import type { Dialect } from "../../core/dialect.ts";
import type { Node } from "../../core/session.ts";
import { Turnstile } from "../turnstile.ts";
import type { SocketData } from "../websocket.ts";
import type { Env, Parts } from "./context.ts";
import { refusalBody } from "./errors.ts";
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
    const address = c.get("address");
    const { connectsPerSecondMax } = node.limits;
    node.visitors.connects.demand(
      address,
      `an address connects ${connectsPerSecondMax} times a second at most`,
    );
    await turnstile.pass();
    if (!parts.engine.peers.connected)
      throw new Refusal("unavailable", "what joins the nodes is away: come back later, or to another node");
    demandPlace(node, address);
    const offered = offeredBy(c);
    const crmIds = c.req.queries("crmId")?.flatMap(partsOf) ?? [];
    const spoken = offered.filter((name) => !isBearer(name));
    const dialect = choose(c, spoken);
    const showsLater = dialect?.authorisesItself === true;
    const newcomer = { address, crmIds, subprotocols: offered, showsLater };
    const grant = await grantOfHandshake(parts, c.req, newcomer);
    // Others may have come in while it was found out who this is.
    demandPlace(node, address);
    // Whoever offers nothing but its token is answered with that: clients end a connection whose answer they did not offer.
    return upgrade(c, spoken.length === 0 ? offered[0] : (dialect?.subprotocol ?? spoken[0]), {
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

/** @throws Refusal `unavailable`, `limit_exceeded` where there are as many sessions as there may be */
function demandPlace({ sessions, limits }: Node, address: string): void {
  const { sessionsMax, sessionsPerAddressMax } = limits;
  if (sessions.size >= sessionsMax)
    throw new Refusal("unavailable", `the server has ${sessionsMax} sessions, its most (sessionsMax)`);
  if (sessions.from(address) >= sessionsPerAddressMax)
    throw new Refusal("limit_exceeded", `an address has ${sessionsPerAddressMax} sessions at most`);
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
