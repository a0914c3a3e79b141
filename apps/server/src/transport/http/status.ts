import { Hono } from "hono";
import type { Env, Parts } from "./context.ts";

/** `GET /status`: the state of this server, for the first page. */
export function statusRoutes({ node, engine, startedAt }: Parts) {
  const meter = new Meter();
  return new Hono<Env>().get("/status", (c) => {
    const now = node.clock.now();
    return c.json({
      server: node.server,
      version: node.version,
      engine: engine.name,
      since: startedAt,
      sessions: node.sessions.size,
      topics: [...node.broker.topics()].length,
      eventsPerSecond: meter.perSecond(node.broker.published, now, startedAt),
    });
  });
}

/** A rate between two looks, at least a second apart. */
class Meter {
  #count = 0;
  #at = 0;
  #rate = 0;

  perSecond(count: number, now: number, startedAt: number): number {
    const since = Math.max(this.#at, startedAt);
    if (now - since < 1_000) return this.#rate;
    this.#rate = Math.round(((count - this.#count) * 10_000) / (now - since)) / 10;
    this.#count = count;
    this.#at = now;
    return this.#rate;
  }
}
