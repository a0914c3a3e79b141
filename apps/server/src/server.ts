import { checkAgainst, type Contract, type ProcedureName } from "@switchboard/protocol";
import { join } from "node:path";
import packageJson from "../package.json";
import { applicationProcedures, type ProcedureHandlers } from "./application.ts";
import { createAuthenticator } from "./auth/authenticator.ts";
import { Tickets } from "./auth/tickets.ts";
import { tokenVerifier } from "./auth/tokens.ts";
import { Webhook } from "./auth/webhook.ts";
import { backendOf, type Backend } from "./backend.ts";
import { builtinProcedures } from "./builtins.ts";
import { ConfigError, readSettings } from "./config.ts";
import { watchAbsence } from "./core/absence.ts";
import { drain } from "./core/drain.ts";
import type { Engine } from "./core/engine.ts";
import { startHeartbeat } from "./core/heartbeat.ts";
import type { Hooks } from "./core/hooks.ts";
import { createNode } from "./core/node.ts";
import type { Once } from "./core/once.ts";
import type { Node, Session } from "./core/session.ts";
import type { Signer } from "./core/sessions.ts";
import { Turn } from "./core/turn.ts";
import { createDialects, type Dialects } from "./dialects/index.ts";
import { serveWampMeta } from "./dialects/wamp2/meta/meta.ts";
import { openEngine } from "./engines/index.ts";
import { createLog, refusalLog } from "./log.ts";
import { hmacSigner } from "./signer.ts";
import { asksWhoConnects, type Settings } from "./settings.ts";
import { publicationIds, systemClock as clock } from "./system.ts";
import { demandLocalDevLogin } from "./transport/http/dev-login.ts";
import { createApp } from "./transport/http/app.ts";
import type { Listen } from "./transport/door.ts";
import { openEntrance, type Entrance } from "./transport/entrance.ts";
import { isLoopback } from "./transport/loopback.ts";
import { loadPages, pagesAt } from "./transport/pages.ts";
import { websocketHandler, type SocketData } from "./transport/websocket.ts";

const defaultPages = join(import.meta.dirname, "../../web/dist");
/** How long another server may need to come up in this one's place, in ms. */
const restartMs = 1_000;
/** How long peers may take to answer a Close frame, and requests to finish, in ms. */
const lingerMs = 3_000;

/** What a server is started with: every setting has its default; see `--help`. */
export type SwitchboardOptions<C extends Contract | undefined = undefined> = Partial<
  Omit<Settings, "limits">
> & {
  readonly limits?: Partial<Settings["limits"]>;
  /** What the application has a say in. */
  readonly hooks?: Hooks<Session>;
  /** The folder of the built web app. */
  readonly pages?: string;
} & Application<C>;

/** The contract, and the handlers that it asks for. */
type Application<C extends Contract | undefined> = C extends Contract
  ? { readonly contract: C } & ([ProcedureName<C, "server">] extends [never]
      ? { readonly procedures?: ProcedureHandlers<C> }
      : { readonly procedures: ProcedureHandlers<C> })
  : { readonly contract?: undefined; readonly procedures?: undefined };

/** A server that is up. */
export interface Switchboard<C extends Contract | undefined = undefined> extends Backend<C> {
  /** Where it listens. */
  readonly url: URL;
  /** Stops accepting, ends the sessions in waves, finishes what was accepted; resolves when all is stored and closed. */
  close(): Promise<void>;
}

/**
 * Starts a server: resolves when it listens.
 * @throws ConfigError where the options would not be safe or the port cannot be had, TypeError where a handler is missing
 */
export async function createSwitchboard<const C extends Contract | undefined = undefined>(
  options?: SwitchboardOptions<C>,
): Promise<Switchboard<C>> {
  const given: SwitchboardOptions | SwitchboardOptions<Contract> = options ?? {};
  const { contract } = given;
  const defaults = readSettings({});
  const settings: Settings = { ...defaults, ...given, limits: { ...defaults.limits, ...given.limits } };
  refuseOpenDoor(settings);
  demandLocalDevLogin(settings);
  const procedures = contract && applicationProcedures(contract, given.procedures ?? {});
  const log = createLog(settings.log);
  const report = (error: unknown) => log.error(error);
  const turn = new Turn((callback) => setImmediate(callback), report);
  const tell = (news: string) => log.warn(news);
  const { engine, secret, once } = await openEngine(settings, { turn, clock, tell, report });
  const signer = hmacSigner(secret);
  const { authenticator, ...asked } = whoIsWho(settings, signer, report, once);
  const node = createNode({
    authenticator,
    engine,
    limits: settings.limits,
    clock,
    turn,
    signer,
    server: "switchboard",
    version: packageJson.version,
    heartbeatMs: settings.heartbeatMs,
    presenceGraceMs: settings.presenceGraceMs,
    hooks: given.hooks ?? {},
    contract: contract && checkAgainst(contract),
    publicationId: publicationIds(),
    refused: refusalLog(log, clock),
    unsaid: ({ id }, { code, message }) => log.debug({ session: id, code }, message),
    report,
  });
  node.dealer.own(builtinProcedures(node, engine));
  serveWampMeta(node, engine, engine.peers);
  if (procedures !== undefined) node.dealer.own(procedures);
  const { devLogin, metricsOpen, tlsCert, pagesUrl } = settings;
  const isSecure = tlsCert !== undefined;
  const pages =
    pagesUrl === undefined ? await loadPages(given.pages ?? defaultPages, isSecure) : pagesAt(pagesUrl);
  const doors = { devLogin, metricsOpen, isSecure };
  const dialects = createDialects(settings, {
    asks: asksWhoConnects(settings),
    clock,
    peers: engine.peers,
    tell,
  });
  const parts = { node, engine, dialects, ...asked, contract, ...doors, startedAt: clock.now() };
  const app = createApp(parts, pages);
  const listen: Listen = (how) =>
    Bun.serve<SocketData>({
      ...how,
      routes: { ...pages.files },
      fetch: (request, server) => app.fetch(request, { server }),
      websocket: websocketHandler(node),
    });
  const entrance = await openEntrance(settings, listen, { clock, log });
  const stopHeartbeat = startHeartbeat(node.sessions, clock, settings.heartbeatMs);
  const stopWatch = watchAbsence(node.sessions, engine.peers, clock);
  return {
    ...backendOf<C>(node),
    url: entrance.url,
    close: () => close(settings.drainMs, { node, engine, dialects, entrance, stopHeartbeat, stopWatch }),
  };
}

/** What a server closes, in order. */
interface Running {
  readonly node: Node;
  readonly engine: Engine;
  readonly dialects: Dialects;
  readonly entrance: Entrance;
  readonly stopHeartbeat: () => void;
  readonly stopWatch: () => void;
}

async function close(drainMs: number, { node, engine, dialects, entrance, ...running }: Running) {
  const stopped = entrance.stop();
  await drain([...node.sessions], clock, { windowMs: drainMs, restartMs });
  running.stopHeartbeat();
  running.stopWatch();
  dialects.pusher.stop();
  await Promise.race([stopped, new Promise<void>((resolve) => clock.after(lingerMs, resolve))]);
  await entrance.end();
  await engine[Symbol.asyncDispose]();
}

/** Who is asked who somebody is, and what else decides who comes in. */
function whoIsWho(
  settings: Settings,
  signer: Signer,
  report: (error: unknown) => void,
  once: Once | undefined,
) {
  const { apiKeys: keys, jwtSecret: secret, jwtPublicKey: publicKeyPem, jwksUrl } = settings;
  const { authUrl: url, authTimeoutMs: timeoutMs, allowedOrigins } = settings;
  const verifyToken = tokenVerifier({ secret, publicKeyPem, jwksUrl });
  const tickets = new Tickets(clock, signer, once);
  const webhook = url === undefined ? undefined : new Webhook({ url, timeoutMs, clock, report });
  const asksBesides = keys.length > 0 || verifyToken !== undefined;
  return {
    authenticator: asksWhoConnects(settings)
      ? createAuthenticator({ keys, verifyToken, tickets })
      : undefined,
    tickets,
    webhook,
    asksBesides,
    proxies: { trusted: settings.trustedProxies, header: settings.proxyHeader },
    allowedOrigins,
  };
}

function refuseOpenDoor(settings: Settings): void {
  const { host, insecure } = settings;
  if (asksWhoConnects(settings) || insecure || isLoopback(host)) return;
  throw new ConfigError(
    `HOST: ${host} can be reached from other machines, and nothing asks who they are. Three ways out: listen on 127.0.0.1; ask, with SWITCHBOARD_API_KEYS, SWITCHBOARD_JWT_SECRET, SWITCHBOARD_JWT_PUBLIC_KEY, SWITCHBOARD_JWKS_URL or SWITCHBOARD_AUTH_URL; or set SWITCHBOARD_INSECURE=1 where the network itself is closed`,
  );
}
