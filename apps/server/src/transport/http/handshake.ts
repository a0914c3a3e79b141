import type { HonoRequest } from "hono";
import type { Authenticator } from "../../core/authenticator.ts";
import { Refusal } from "../../core/errors.ts";
import type { Grant } from "../../core/policy.ts";
import { isAllowedOrigin } from "../origin.ts";
import { bearerOf } from "./auth.ts";
import type { Parts } from "./context.ts";

/** A subprotocol that is a token in disguise: browsers cannot send an Authorization header with a WebSocket. */
const bearerPrefix = "bearer.";

/** What belongs to the connection, and says nothing of who is at its other end. */
const ofConnection =
  /^(connection|upgrade|host|keep-alive|te|trailer|transfer-encoding|content-length|sec-websocket-.*)$/;

/** What is known of who connects, before anything is asked. */
export interface Newcomer {
  readonly address: string;
  readonly crmIds: readonly string[];
  readonly subprotocols: readonly string[];
  /** Whether it shows only later who it is. */
  readonly showsLater: boolean;
}

/**
 * What is allowed to whoever comes with this handshake: by its token or ticket, or as the application says. Undefined where neither says
 * anything: the token may still come in the hello.
 * @throws Refusal `unauthenticated`, `forbidden`, `unavailable`
 */
export async function grantOfHandshake(
  parts: Parts,
  request: HonoRequest,
  newcomer: Newcomer,
): Promise<Grant | undefined> {
  const { authenticator } = parts.node;
  return authenticator?.attempt(newcomer.address, (ways) => grantBy(ways, parts, request, newcomer));
}

async function grantBy(
  ways: Authenticator,
  parts: Parts,
  request: HonoRequest,
  newcomer: Newcomer,
): Promise<Grant | undefined> {
  const inHeader = bearerOf(request.header("authorization"));
  const disguised = newcomer.subprotocols.find(isBearer)?.slice(bearerPrefix.length);
  const token = inHeader ?? disguised ?? request.query("ticket");
  if (token === undefined) return newcomer.showsLater ? undefined : askApplication(parts, request, newcomer);
  try {
    return await ways.authenticate(token, newcomer.address);
  } catch (error) {
    // It may be a token of the application's own.
    const isUnknown = error instanceof Refusal && error.code === "unauthenticated";
    if (token !== inHeader || parts.webhook === undefined || !isUnknown) throw error;
    return askApplication(parts, request, newcomer);
  }
}

/** Whether the subprotocol is a token. */
export function isBearer(subprotocol: string): boolean {
  return subprotocol.startsWith(bearerPrefix);
}

async function askApplication(
  { webhook, allowedOrigins, asksBesides }: Parts,
  request: HonoRequest,
  { address, crmIds }: Newcomer,
): Promise<Grant | undefined> {
  if (webhook === undefined) return undefined;
  const all = Object.entries(request.header()).filter(([name]) => !ofConnection.test(name));
  const { cookie, ...headers } = Object.fromEntries(all);
  // A page of a stranger can make a browser send the cookie of its user: `*` lets such pages in, but not as that user.
  const listed = allowedOrigins.filter((origin) => origin !== "*");
  const isKept = cookie !== undefined && isAllowedOrigin(headers["origin"], request.header("host"), listed);
  const showsNothing = !isKept && headers["authorization"] === undefined;
  if (showsNothing && asksBesides) return undefined;
  const asked = { url: request.url, headers: isKept ? { ...headers, cookie } : headers, address, crmIds };
  return webhook.ask(asked).catch((error: unknown) => {
    // A cookie says nothing against a token that comes in the hello, unless the URL has said the hello.
    const mayTokenCome = asksBesides && crmIds.length === 0 && headers["authorization"] === undefined;
    if (mayTokenCome && error instanceof Refusal && error.code === "unauthenticated") return undefined;
    throw error;
  });
}
