import { eventSchema, publishedSchema, receiptSchema } from "@switchboard/protocol";
import * as z from "zod";

const count = z.int().nonnegative();
const milliseconds = z.number().nonnegative().meta({ description: "ms since 1970" });
const partial = z
  .literal(true)
  .optional()
  .meta({ description: "a node did not answer in time, and is left out" });
const more = z.literal(true).optional().meta({ description: "there are more than are listed" });
const position = { epoch: z.string(), offset: count };

/** An error, whatever door it came through. */
export const refusedAnswer = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: z.unknown().optional() }),
});
/** `POST /publish`. */
export const publishAnswer = publishedSchema
  .omit({ type: true, id: true })
  .extend({ receipt: receiptSchema.omit({ type: true, id: true }).optional() });
/** `POST /publish/batch`: in the order of its publications. */
export const batchAnswer = z.object({ results: z.array(z.union([publishAnswer, refusedAnswer])) });
/** `POST /call`. */
export const callAnswer = z.object({ data: z.unknown() });
/** `POST /tickets`. */
export const ticketAnswer = z.object({ ticket: z.string(), expires: milliseconds });
/** `GET /dev-login`. */
export const loginOffered = z.object({ offered: z.boolean() });
/** `POST /dev-login`. */
export const loginAnswer = z.object({ token: z.string(), expires: milliseconds });
/** `GET /topics`. */
export const topicsAnswer = z.object({
  topics: z.array(z.object({ topic: z.string(), subscribers: count })),
  more,
  partial,
});
/** `GET /topics/:topic`. */
export const topicAnswer = z.object({
  topic: z.string(),
  subscribers: count,
  ...position,
  history: count.meta({ description: "how many events are retained" }),
  partial,
});
/** `GET /topics/:topic/history`. */
export const historyAnswer = z.object({
  topic: z.string(),
  ...position,
  complete: z.boolean().meta({ description: "whether every event after `since` is retained" }),
  events: z.array(eventSchema.omit({ type: true, topic: true, ack: true })),
});
/** `GET /topics/:topic/presence`. */
export const presenceAnswer = z.object({
  topic: z.string(),
  sessions: z.array(z.object({ session: z.string(), subject: z.string().optional() })),
  subjects: z.array(z.string()),
  partial,
});
/** `GET /sessions/:id`. */
export const sessionAnswer = z.object({
  session: z.string(),
  subject: z.string().optional(),
  client: z.string().optional(),
  dialect: z.string(),
  address: z.string(),
  since: milliseconds,
  crmIds: z.array(z.string()),
  topics: z.array(z.object({ topic: z.string(), match: z.enum(["exact", "prefix", "wildcard"]) })),
});
/** `GET /sessions`. */
export const sessionsAnswer = z.object({ sessions: z.array(sessionAnswer), more, partial });
/** `DELETE /sessions/:id`. */
export const disconnectAnswer = z.object({ disconnected: z.literal(true) });
/** `GET /status`. */
export const statusAnswer = z.object({
  server: z.string(),
  version: z.string(),
  engine: z.string(),
  since: milliseconds,
  nodes: count,
  sessions: count,
  topics: count,
  eventsPerSecond: z.number().nonnegative(),
  partial,
});
/** `GET /healthz`. */
export const healthAnswer = z.object({ status: z.literal("ok") });
/** `GET /readyz`: 200. */
export const readyAnswer = z.object({ status: z.literal("ready"), engine: z.string() });
/** `GET /readyz`: 503. */
export const unreadyAnswer = z.object({
  status: z.literal("unavailable"),
  engine: z.string(),
  why: z.string(),
});
