import * as z from "zod";
import { nameSchema, procedureSchema, topicSchema } from "./grammar.ts";
import { positionSchema, requestIdSchema } from "./frames-up.ts";

const milliseconds = z.number().nonnegative();
const session = z.string().min(1);
const member = z.object({ session, subject: z.string().optional() });
const answer = <T extends string>(type: T) => z.object({ type: z.literal(type), id: requestIdSchema });

/** What became of a publish in one topic. */
export const publishResultSchema = z.object({
  topic: topicSchema,
  epoch: z.string(),
  offset: z.int().nonnegative(),
  receivers: z.int().nonnegative().optional(),
  duplicate: z.boolean().optional(),
});

/** `welcome`: the session stands; `heartbeat` and `expires` in ms (`expires`: since 1970). */
export const welcomeSchema = z.object({
  type: z.literal("welcome"),
  session,
  resume: z.string(),
  subject: z.string().optional(),
  crmIds: z.array(z.string()),
  server: z.string(),
  version: z.string(),
  heartbeat: milliseconds,
  expires: milliseconds.optional(),
  limits: z.record(z.string(), z.number()),
});

/** `subscribed`: where the topic stands; `recovered` only where the client gave `since`. */
export const subscribedSchema = answer("subscribed").extend({
  topic: topicSchema,
  ...positionSchema.shape,
  epoch: z.string(),
  recovered: z.boolean().optional(),
});

/** `event`: something was published where the session listens. */
export const eventSchema = z.object({
  type: z.literal("event"),
  topic: topicSchema,
  name: nameSchema,
  offset: z.int().nonnegative(),
  time: milliseconds,
  publication: z.string(),
  ack: z.string().optional(),
  data: z.unknown(),
});

/** `published`: what became of a publish, topic by topic. */
export const publishedSchema = answer("published").extend({
  publication: z.string(),
  results: z.array(publishResultSchema),
});

/** `receipt`: how many of those who were sent the event acknowledged it in time. */
export const receiptSchema = answer("receipt").extend({
  acked: z.int().nonnegative(),
  receivers: z.int().nonnegative(),
});

/** `result`: what a call gave, or a part of it. */
export const resultSchema = answer("result").extend({ data: z.unknown(), progress: z.boolean().optional() });

/** `invocation`: somebody calls what the session registered. */
export const invocationSchema = answer("invocation").extend({
  procedure: procedureSchema,
  data: z.unknown().optional(),
  progress: z.boolean().optional(),
  caller: member.optional(),
});

/** `presence`: who came to a topic and who left. */
export const presenceSchema = z.object({
  type: z.literal("presence"),
  topic: topicSchema,
  joined: z.array(member),
  left: z.array(member),
});

/** `draining`: leave, and come back after so many ms. */
export const drainingSchema = z.object({ type: z.literal("draining"), retryAfter: milliseconds });

/** `error`: a request was refused; the connection lives. */
export const downErrorSchema = z.object({
  type: z.literal("error"),
  id: requestIdSchema.optional(),
  code: z.string(),
  message: z.string(),
  details: z.unknown().optional(),
  retryAfter: milliseconds.optional(),
});

/** Every frame that a server may send. */
export const downFrameSchema = z.discriminatedUnion("type", [
  welcomeSchema,
  subscribedSchema,
  answer("unsubscribed"),
  answer("registered"),
  answer("unregistered"),
  answer("refreshed"),
  answer("pong"),
  eventSchema,
  publishedSchema,
  receiptSchema,
  resultSchema,
  invocationSchema,
  answer("interrupt"),
  presenceSchema,
  drainingSchema,
  downErrorSchema,
]);

/** A frame that a server may send. */
export type DownFrame = z.output<typeof downFrameSchema>;
/** What became of a publish in one topic. */
export type PublishResult = z.output<typeof publishResultSchema>;
/** A frame of one type that a server may send. */
export type DownFrameOf<Type extends DownFrame["type"]> = Extract<DownFrame, { type: Type }>;
