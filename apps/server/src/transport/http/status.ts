import { Hono } from "hono";
import type { NodeCount } from "../../core/census.ts";
import type { Env, Parts } from "./context.ts";

/** How many topics a node lists to be counted once, though several nodes listen to them. */
const topicsCountedMax = 1_000;

/** `GET /status`: the state of all nodes together, for the first page. */
export function statusRoutes({ node, engine, startedAt }: Parts) {
  return new Hono<Env>().get("/status", async (c) => {
    const [{ nodes, ...partial }, topics] = await Promise.all([
      node.census.count(),
      node.census.topics("", topicsCountedMax),
    ]);
    const sum = (of: (one: NodeCount) => number) => nodes.reduce((total, one) => total + of(one), 0);
    return c.json({
      server: node.server,
      version: node.version,
      engine: engine.name,
      since: startedAt,
      nodes: nodes.length,
      sessions: sum(({ sessions }) => sessions),
      topics: topics.isMore ? sum((one) => one.topics) : topics.list.length,
      eventsPerSecond: Math.round(sum((one) => one.eventsPerSecond) * 10) / 10,
      ...partial,
    });
  });
}
