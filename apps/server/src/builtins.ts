import { crmIdSchema, topicSchema } from "@switchboard/protocol";
import * as z from "zod";
import type { CallHandler } from "./core/calls.ts";
import type { Engine } from "./core/engine.ts";
import { historyText } from "./core/history-text.ts";
import { readAs } from "./core/read-as.ts";
import type { Node } from "./core/session.ts";

const historyEventsMax = 1_000;
/** How many sessions or topics one answer lists. */
const listedMax = 1_000;
const noInput = z.unknown();
const topicInput = z.object({ topic: topicSchema });

/** The procedures that every server answers: `switchboard.sessions`, `.topics`, `.presence`, `.history` and `.disconnect`. */
export function builtinProcedures(
  node: Node,
  engine: Engine,
): (procedure: string) => CallHandler | undefined {
  const handlers: Readonly<Record<string, CallHandler>> = {
    "switchboard.sessions": answering(noInput, async () => {
      const { list, isMore, ...partial } = await node.census.sessions(listedMax);
      return { sessions: list, ...(isMore && { more: true }), ...partial };
    }),
    "switchboard.topics": answering(noInput, async () => {
      const { list, isMore, ...partial } = await node.census.topics("", listedMax);
      return { topics: list, ...(isMore && { more: true }), ...partial };
    }),
    "switchboard.presence": answering(topicInput, async ({ topic }) => ({
      topic,
      ...(await node.presence.list(topic)),
    })),
    "switchboard.history": answeringText(
      topicInput.extend({ last: z.int().min(1).max(historyEventsMax).default(100) }),
      async ({ topic, last }) => historyText(topic, await engine.history(topic, { last }), last),
    ),
    "switchboard.disconnect": answering(
      z
        .object({
          session: z.string().optional(),
          crmId: crmIdSchema.optional(),
          reason: z.string().max(120).optional(),
        })
        .refine(({ session, crmId }) => session !== undefined || crmId !== undefined, {
          path: ["session"],
          error: "give session, crmId or both: whom to disconnect",
        }),
      async ({ session, crmId, reason = "disconnected by an operator" }) => ({
        disconnected: await node.census.disconnect({ session, crmId }, reason),
      }),
    ),
  };
  // `constructor` and the like are names that clients may call, too.
  return (procedure) => (Object.hasOwn(handlers, procedure) ? handlers[procedure] : undefined);
}

function answering<Schema extends z.ZodType>(
  schema: Schema,
  answer: (input: z.output<Schema>) => Promise<unknown>,
): CallHandler {
  return answeringText(schema, async (input) => JSON.stringify(await answer(input)));
}

function answeringText<Schema extends z.ZodType>(
  schema: Schema,
  answer: (input: z.output<Schema>) => Promise<string>,
): CallHandler {
  return async ({ data }) => answer(readAs(schema, data === undefined ? {} : JSON.parse(data)));
}
