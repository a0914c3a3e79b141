import * as z from "zod";
import {
  crmIdSchema,
  crmIdsMax,
  isName,
  isTopic,
  nameSchema,
  procedureSchema,
  recipientsMax,
  topicSchema,
} from "./grammar.ts";
import { nestingMax, isNestedWithin } from "./nesting.ts";
import { wildcardFault } from "./pattern.ts";

/** The number a client gives to what it asks; each gets exactly one answer with the same number. */
export const requestIdSchema = z.int().positive();

/** Where a reader stands in a topic's history: everything up to and including `offset` was heard, in that `epoch`. */
export const positionSchema = z.object({ epoch: z.string().min(1).max(64), offset: z.int().nonnegative() });

const millisecondsMax = 600_000;
const crmIds = z.array(crmIdSchema).min(1).max(crmIdsMax);
const sessionIds = z.array(z.string().min(1).max(128)).max(recipientsMax);
const present = (data: unknown) => data !== undefined;
const required = z.unknown().refine(present, { error: "is missing; any JSON value is right, null too" });

/** What a publish says, over a socket as over HTTP, without `type` and `id`. */
export const publicationSchema = z.object({
  topic: topicSchema.optional(),
  crmIds: crmIds.optional(),
  name: nameSchema.optional(),
  data: required,
  exclude: sessionIds.optional(),
  eligible: sessionIds.optional(),
  onlyCrmIds: crmIds.optional(),
  echo: z.boolean().optional(),
  key: z.string().min(1).max(128).optional(),
  receipt: z.int().positive().max(60_000).optional(),
  count: z.boolean().optional(),
});

const oneTarget = {
  check: (publication: {
    readonly topic?: string | undefined;
    readonly crmIds?: readonly string[] | undefined;
  }) => (publication.topic === undefined) !== (publication.crmIds === undefined),
  params: { path: ["topic"], error: "give either topic or crmIds, one of the two" },
};

/** A publish as HTTP takes it: `publicationSchema` with exactly one of `topic` and `crmIds`. */
export const publishBodySchema = publicationSchema.refine(oneTarget.check, oneTarget.params);

/** `hello`: who I am, and which crmIds I follow at once. */
export const helloSchema = z.object({
  type: z.literal("hello"),
  token: z.string().max(16_384).optional(),
  crmIds: z.array(crmIdSchema).max(crmIdsMax).optional(),
  client: z.string().max(256).optional(),
  resume: z.string().max(512).optional(),
});

/** `subscribe`: let me hear a topic, or all topics that a pattern means. */
export const subscribeSchema = z
  .object({
    type: z.literal("subscribe"),
    id: requestIdSchema,
    topic: topicSchema,
    match: z.enum(["exact", "prefix", "wildcard"]).optional(),
    since: positionSchema.optional(),
    last: z.int().positive().max(100_000).optional(),
    presence: z.boolean().optional(),
  })
  .superRefine((frame, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: "custom", path: [field], message });
    const fault = frame.match === "wildcard" ? wildcardFault(frame.topic) : undefined;
    if (fault !== undefined) refuse("topic", fault);
    if (frame.since !== undefined && frame.last !== undefined) refuse("last", "give since or last, not both");
    if (frame.match === undefined || frame.match === "exact") return;
    for (const field of ["since", "last", "presence"] as const)
      if (frame[field] !== undefined) refuse(field, "patterns hear live events only; leave it out");
  });

/** `unsubscribe`: the end of a subscription. */
export const unsubscribeSchema = z.object({
  type: z.literal("unsubscribe"),
  id: requestIdSchema,
  topic: topicSchema,
  match: z.enum(["exact", "prefix", "wildcard"]).optional(),
});

/** `publish`: an event for a topic or for several crmIds. */
export const publishSchema = publicationSchema
  .extend({ type: z.literal("publish"), id: requestIdSchema.optional() })
  .refine(oneTarget.check, oneTarget.params);

const plainKeys: ReadonlySet<string> = new Set(["type", "id", "topic", "name", "data"]);

/**
 * Whether it is a publish like most: a topic and data, at most an id and a name, all as `publishSchema` wants it. Asking the schema
 * takes several times as long; what is no such publish, right or wrong, is for the schema to judge.
 * @param value whose `type` is `publish`
 */
export function isPlainPublish(value: PublishLike): value is z.output<typeof publishSchema> {
  for (const key in value) if (!plainKeys.has(key)) return false;
  const { id, topic, name, data } = value;
  if (typeof topic !== "string" || !isTopic(topic) || data === undefined) return false;
  if (name !== undefined && (typeof name !== "string" || !isName(name))) return false;
  return id === undefined || (Number.isSafeInteger(id) && Number(id) > 0);
}

type PublishLike = { readonly [Key in "id" | "topic" | "name" | "data"]?: unknown };

/** `ack`: the event that carried this token was handled. */
export const ackSchema = z.object({ type: z.literal("ack"), ack: z.string().min(1).max(256) });

/** `call`: ask whoever answers a procedure. */
export const callSchema = z.object({
  type: z.literal("call"),
  id: requestIdSchema,
  procedure: procedureSchema,
  data: z.unknown().optional(),
  timeout: z.int().positive().max(millisecondsMax).optional(),
  progress: z.boolean().optional(),
});

/** `cancel`: I no longer want the call's answer. */
export const cancelSchema = z.object({ type: z.literal("cancel"), id: requestIdSchema });

/** `register`: I answer a procedure. */
export const registerSchema = z.object({
  type: z.literal("register"),
  id: requestIdSchema,
  procedure: procedureSchema,
  invoke: z.enum(["single", "roundrobin", "random", "first", "last"]).optional(),
});

/** `unregister`: I no longer answer a procedure. */
export const unregisterSchema = z.object({
  type: z.literal("unregister"),
  id: requestIdSchema,
  procedure: procedureSchema,
});

/** `yield`: the answer to an invocation, or a part of it. */
export const yieldSchema = z.object({
  type: z.literal("yield"),
  id: requestIdSchema,
  data: z.unknown().optional(),
  progress: z.boolean().optional(),
});

/** `error`, from a client: the invocation failed. */
export const upErrorSchema = z.object({
  type: z.literal("error"),
  id: requestIdSchema,
  code: z.string().min(1).max(128),
  message: z.string().max(4_096),
  details: z
    .unknown()
    .refine((details) => isNestedWithin(details, nestingMax), {
      error: `must be nested no more than ${nestingMax} deep`,
    })
    .optional(),
});

/** `refresh`: a newer token for the same session. */
export const refreshSchema = z.object({
  type: z.literal("refresh"),
  id: requestIdSchema,
  token: z.string().max(16_384),
});

/** `ping`: are you there? */
export const pingSchema = z.object({ type: z.literal("ping"), id: requestIdSchema });

/** The schema of each frame that a client may send, by its `type`. */
export const upFrameSchemas = {
  hello: helloSchema,
  subscribe: subscribeSchema,
  unsubscribe: unsubscribeSchema,
  publish: publishSchema,
  ack: ackSchema,
  call: callSchema,
  cancel: cancelSchema,
  register: registerSchema,
  unregister: unregisterSchema,
  yield: yieldSchema,
  error: upErrorSchema,
  refresh: refreshSchema,
  ping: pingSchema,
} as const;

/** Every frame that a client may send. */
export const upFrameSchema = z.discriminatedUnion("type", [
  upFrameSchemas.hello,
  upFrameSchemas.subscribe,
  upFrameSchemas.unsubscribe,
  upFrameSchemas.publish,
  upFrameSchemas.ack,
  upFrameSchemas.call,
  upFrameSchemas.cancel,
  upFrameSchemas.register,
  upFrameSchemas.unregister,
  upFrameSchemas.yield,
  upFrameSchemas.error,
  upFrameSchemas.refresh,
  upFrameSchemas.ping,
]);

/** A frame that a client may send, as its sender writes it. */
export type UpFrame = z.input<typeof upFrameSchema>;
/** What kinds of frames a client may send. */
export type UpType = UpFrame["type"];
/** A position in a topic's history. */
export type Position = z.output<typeof positionSchema>;
/** What a publish says, as HTTP and sockets take it. */
export type PublishBody = z.output<typeof publishBodySchema>;
