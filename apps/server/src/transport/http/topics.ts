import { positionSchema, topicSchema } from "@switchboard/protocol";
import { Hono } from "hono";
import * as z from "zod";
import type { HistoryQuery } from "../../core/engine.ts";
import { historyText } from "../../core/history-text.ts";
import { readAs } from "../../core/read-as.ts";
import type { Env, Parts } from "./context.ts";

/** How many topics one answer lists. */
const topicsListedMax = 1_000;

const topicParam = z.object({ topic: topicSchema });
const digits = z.string().regex(/^\d+$/, { error: "must be a whole number" }).transform(Number);
const historyParams = z
  .object({
    since: digits.pipe(positionSchema.shape.offset).optional(),
    epoch: positionSchema.shape.epoch.optional(),
    limit: digits.pipe(z.int().min(1).max(1_000)).default(100),
  })
  .refine(({ since, epoch }) => (since === undefined) === (epoch === undefined), {
    path: ["epoch"],
    error: "since and epoch go together",
  });

/** `GET /topics`, `GET /topics/:topic`, `GET /topics/:topic/presence` and `GET /topics/:topic/history`. */
export function topicRoutes({ node, engine }: Parts) {
  return new Hono<Env>()
    .get("/topics", async (c) => {
      const prefix = c.req.query("prefix") ?? "";
      const { list, isMore, ...partial } = await node.census.topics(prefix, topicsListedMax);
      return c.json({ topics: list, ...(isMore && { more: true }), ...partial });
    })
    .get("/topics/:topic", async (c) => {
      const { topic } = readAs(topicParam, c.req.param());
      const [{ epoch, offset, length }, { subscribers, ...partial }] = await Promise.all([
        engine.describe(topic),
        node.census.subscribers(topic),
      ]);
      return c.json({ topic, subscribers, epoch, offset, history: length, ...partial });
    })
    .get("/topics/:topic/presence", async (c) => {
      const { topic } = readAs(topicParam, c.req.param());
      return c.json({ topic, ...(await node.presence.list(topic)) });
    })
    .get("/topics/:topic/history", async (c) => {
      const { topic } = readAs(topicParam, c.req.param());
      const { since, epoch, limit } = readAs(historyParams, c.req.query());
      const query: HistoryQuery =
        since === undefined || epoch === undefined ? { last: limit } : { since: { epoch, offset: since } };
      const text = await historyText(topic, await engine.history(topic, query), limit);
      return c.body(text, 200, { "Content-Type": "application/json" });
    });
}
