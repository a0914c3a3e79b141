import { join } from "node:path";
import packageJson from "../package.json";
import { builtinProcedures } from "./builtins.ts";
import { ConfigError, readSettings, type Settings } from "./config.ts";
import type { Clock } from "./core/clock.ts";
import { drain } from "./core/drain.ts";
import { startHeartbeat } from "./core/heartbeat.ts";
import type { Hooks } from "./core/hooks.ts";
import { createNode } from "./core/node.ts";
import type { Session } from "./core/session.ts";
import { Turn } from "./core/turn.ts";
import { localEngine } from "./engines/local/local.ts";
import { memoryStore } from "./engines/local/memory-store.ts";
import { sqliteStore } from "./engines/local/sqlite-store.ts";
import { retentionBy } from "./engines/retention.ts";
import { createLog } from "./log.ts";
import { hmacSigner } from "./signer.ts";
import { createApp } from "./transport/http/app.ts";
import { loadPages } from "./transport/pages.ts";
import { websocketHandler, type SocketData } from "./transport/websocket.ts";

const defaultPages = join(import.meta.dirname, "../../web/dist");
/** How long another server may need to come up in this one's place, in ms. */
const restartMs = 1_000;
/** How long peers may take to answer a Close frame, and requests to finish, in ms. */
const lingerMs = 3_000;

/** What a server is started with: every setting has its default; see `--help`. */
export interface SwitchboardOptions extends Partial<Omit<Settings, "limits">> {
  readonly limits?: Partial<Settings["limits"]>;
  /** What the application has a say in. */
  readonly hooks?: Hooks<Session>;
  /** The folder of the built web app. */
  readonly pages?: string;
}

/** A server that is up. */
export interface Switchboard {
  /** Where it listens. */
  readonly url: URL;
  /** Stops accepting, ends the sessions in waves, finishes what was accepted; resolves when all is stored and closed. */
  close(): Promise<void>;
}

/**
 * Starts a server: resolves when it listens.
 * @throws ConfigError where the options would not be safe, Error where the port is taken
 */
export async function createSwitchboard(options: SwitchboardOptions = {}): Promise<Switchboard> {
  const defaults = readSettings({});
  const settings: Settings = { ...defaults, ...options, limits: { ...defaults.limits, ...options.limits } };
  refuseOpenDoor(settings);
  const log = createLog(settings.log);
  const report = (error: unknown) => log.error(error);
  const turn = new Turn((callback) => setImmediate(callback), report);
  const store = settings.dataDir === ":memory:" ? memoryStore() : sqliteStore(settings.dataDir);
  const engine = localEngine({ store, retentionOf: retentionBy(settings.history), turn, clock, report });
  const node = createNode({
    engine,
    limits: settings.limits,
    clock,
    turn,
    signer: hmacSigner(store.secret),
    server: "switchboard",
    version: packageJson.version,
    heartbeatMs: settings.heartbeatMs,
    presenceGraceMs: settings.presenceGraceMs,
    hooks: options.hooks ?? {},
    publishGuards: [],
    publicationId: publicationIds(),
    report,
  });
  for (const [name, handler] of Object.entries(builtinProcedures(node, engine)))
    node.dealer.own(name, handler);
  const pages = await loadPages(options.pages ?? defaultPages);
  const app = createApp(
    { node, engine, allowedOrigins: settings.allowedOrigins, startedAt: clock.now() },
    pages,
  );
  const server = Bun.serve<SocketData>({
    hostname: settings.host,
    port: settings.port,
    routes: { ...pages.files },
    fetch: (request, bunServer) => app.fetch(request, { server: bunServer }),
    websocket: websocketHandler(node),
  });
  const stopHeartbeat = startHeartbeat(node.sessions, clock, settings.heartbeatMs);
  return {
    url: server.url,
    async close() {
      const stopped = server.stop();
      await drain([...node.sessions], clock, { windowMs: settings.drainMs, restartMs });
      stopHeartbeat();
      await Promise.race([stopped, new Promise<void>((resolve) => clock.after(lingerMs, resolve))]);
      await server.stop(true);
      await engine[Symbol.asyncDispose]();
    },
  };
}

const clock: Clock = {
  now: Date.now,
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Ids that no other node and no later start gives again: a random part for this process, then a number. */
function publicationIds(): () => string {
  const process = crypto.randomUUID().slice(-12);
  let count = 0;
  return () => `${process}-${(count += 1).toString(36)}`;
}

function refuseOpenDoor({ host, insecure }: Settings): void {
  if (insecure || /^(127(\.\d+){3}|::1|\[::1\]|localhost)$/.test(host)) return;
  throw new ConfigError(
    `HOST: ${host} can be reached from other machines, and nothing asks who they are. Listen on 127.0.0.1 behind a proxy that does, or set SWITCHBOARD_INSECURE=1 where the network itself is closed`,
  );
}
