import { Hono } from "hono";
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { Clock } from "../../core/clock.ts";
import { demandRight } from "../../core/policy.ts";
import { authenticate } from "./auth.ts";
import type { Env, Parts } from "./context.ts";

/** How long a scrape waits for the engine, in ms. */
const pingMs = 5_000;

/** `GET /metrics`: this node in Prometheus' text format. It asks for a key or token that may `read`, unless the settings open it. */
export function metricsRoutes(parts: Parts) {
  const registry = new Registry();
  addState(registry, parts);
  addCounts(registry, parts);
  addEngine(registry, parts);
  const app = new Hono<Env>();
  if (!parts.metricsOpen) app.use("/metrics", authenticate(parts));
  return app.get("/metrics", async (c) => {
    if (!parts.metricsOpen) demandRight(c.get("grant"), "read");
    const text = `${await registry.metrics()}\n${await processMetrics().metrics()}`;
    return c.body(text, 200, { "Content-Type": registry.contentType });
  });
}

let ofProcess: Registry | undefined;

/** Those of the process, the loop's lag among them: one for all servers in it, and measured from the first scrape on. */
function processMetrics(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

/** What there is now. */
function addState(registry: Registry, { node }: Parts): void {
  const { sessions, broker } = node;
  gauge(registry, "switchboard_sessions", "Sessions that are connected, by dialect", ["dialect"], (one) => {
    one.reset();
    for (const { language } of sessions) one.inc({ dialect: language.subprotocol });
  });
  gauge(registry, "switchboard_topics", "Topics and patterns that sessions subscribe to", [], (one) => {
    one.set([...broker.rooms()].length);
  });
  gauge(registry, "switchboard_subscriptions", "Subscriptions of all sessions", [], (one) => {
    one.set([...broker.rooms()].reduce((sum, { room }) => sum + room.size, 0));
  });
  gauge(registry, "switchboard_registrations", "Procedures that sessions answer", [], (one) => {
    one.set(node.registrations.size);
  });
  gauge(registry, "switchboard_send_buffer_bytes", "Bytes that wait for clients to read them", [], (one) => {
    one.set([...sessions].reduce((sum, { waitingBytes }) => sum + waitingBytes, 0));
  });
}

/** What has happened since the start. */
function addCounts(registry: Registry, { node }: Parts): void {
  const { tally, broker } = node;
  const count = (name: string, help: string, read: () => number) =>
    counter(registry, name, help, [], (one) => one.inc(read()));
  const countBy = (name: string, help: string, by: string, read: () => Iterable<[string | number, number]>) =>
    counter(registry, name, help, [by], (one) => {
      for (const [label, value] of read()) one.inc({ [by]: label }, value);
    });
  count("switchboard_events_published_total", "Events published through this node", () => broker.published);
  count(
    "switchboard_events_delivered_total",
    "How often an event was sent to a session as it came",
    () => tally.delivered,
  );
  countBy("switchboard_publishes_refused_total", "Publishes refused, by error code", "code", () =>
    tally.publishesRefused.entries(),
  );
  count("switchboard_calls_total", "Calls", () => tally.calls);
  countBy("switchboard_calls_refused_total", "Calls that ended without a result, by error code", "code", () =>
    tally.callsRefused.entries(),
  );
  countBy("switchboard_sessions_ended_total", "Sessions that have ended, by close code", "code", () =>
    tally.sessionsEnded.entries(),
  );
}

/** What the engine says. */
function addEngine(registry: Registry, { node, engine }: Parts): void {
  const name = { engine: engine.name };
  // Both gauges of one scrape tell of the same round trip.
  let pinging: Promise<number | undefined> | undefined;
  const pinged = () =>
    (pinging ??= secondsOf(engine.ping(), node.clock).finally(() => (pinging = undefined)));
  const up = "Whether the engine takes publishes";
  gauge(registry, "switchboard_engine_up", up, ["engine"], async (one) => {
    one.set(name, (await pinged()) === undefined ? 0 : 1);
  });
  const took = "How long a round trip through the engine took, where it is up";
  gauge(registry, "switchboard_engine_ping_seconds", took, ["engine"], async (one) => {
    one.reset();
    const seconds = await pinged();
    if (seconds !== undefined) one.set(name, seconds);
  });
  if (engine.storedBytes === undefined) return;
  gauge(
    registry,
    "switchboard_history_bytes",
    "Bytes of the store that holds the history",
    [],
    async (one) => {
      one.set((await engine.storedBytes?.().catch(() => undefined)) ?? 0);
    },
  );
}

/** A gauge that is set whenever it is asked for. */
function gauge(
  registry: Registry,
  name: string,
  help: string,
  labelNames: string[],
  read: (one: Gauge) => void | Promise<void>,
): void {
  const one: Gauge = new Gauge({ name, help, labelNames, registers: [registry], collect: () => read(one) });
}

/** A counter that is told its value whenever it is asked for. */
function counter(
  registry: Registry,
  name: string,
  help: string,
  labelNames: string[],
  read: (one: Counter) => void,
): void {
  const collect = () => {
    one.reset();
    read(one);
  };
  const one: Counter = new Counter({ name, help, labelNames, registers: [registry], collect });
}

/** How long it took, in seconds; undefined where it has failed, or takes longer than a scrape waits. */
function secondsOf(task: Promise<unknown>, clock: Clock): Promise<number | undefined> {
  const before = performance.now();
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const stop = clock.after(pingMs, () => resolve(undefined));
  task.then(
    () => resolve((performance.now() - before) / 1_000),
    () => resolve(undefined),
  );
  return promise.finally(stop);
}
