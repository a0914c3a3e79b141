import { isTopic, topicBytesMax } from "@switchboard/protocol";
import { Hono } from "hono";
import { Refusal } from "../../core/errors.ts";
import type { Env, Parts } from "./context.ts";

/** How many topics one answer lists. */
const topicsListedMax = 1_000;

/** `GET /topics` and `GET /topics/:topic`. */
export function topicRoutes({ node, engine }: Parts) {
  return new Hono<Env>()
    .get("/topics", (c) => {
      const prefix = c.req.query("prefix") ?? "";
      const topics = [];
      for (const one of node.broker.topics()) {
        if (!one.topic.startsWith(prefix)) continue;
        if (topics.length === topicsListedMax) return c.json({ topics, more: true });
        topics.push(one);
      }
      return c.json({ topics });
    })
    .get("/topics/:topic", async (c) => {
      const topic = c.req.param("topic");
      if (!isTopic(topic))
        throw new Refusal(
          "invalid_argument",
          `topic: must be 1–${topicBytesMax} bytes without white space or control characters`,
        );
      const { epoch, offset, length } = await engine.describe(topic);
      return c.json({ topic, subscribers: node.broker.subscribers(topic), epoch, offset, history: length });
    });
}
