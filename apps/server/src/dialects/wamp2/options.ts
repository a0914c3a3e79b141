import { crmIdSchema, crmIdsMax, explainIssues, nameSchema, recipientsMax } from "@switchboard/protocol";
import * as z from "zod";
import { Refusal } from "../../core/errors.ts";

/** Session ids are numbers here, and texts in the core; those of other languages are texts here too. */
const sessions = z
  .array(z.union([z.int().positive().transform(String), z.string().min(1).max(128)]))
  .max(recipientsMax);

/** What authids and authroles are listed by. */
const names = z.array(z.string().min(1).max(256)).max(recipientsMax);

/** What PUBLISH may ask for. Keys that begin with `_` are ours. */
export const publishOptions = z.object({
  exclude_me: z.boolean().optional(),
  exclude: sessions.optional(),
  exclude_authid: names.optional(),
  exclude_authrole: names.optional(),
  eligible: sessions.optional(),
  eligible_authid: names.optional(),
  eligible_authrole: names.optional(),
  disclose_me: z.boolean().optional(),
  retain: z.boolean().optional(),
  _name: nameSchema.optional(),
  _key: z.string().min(1).max(128).optional(),
  _only_crm_ids: z.array(crmIdSchema).min(1).max(crmIdsMax).optional(),
});

/** What SUBSCRIBE may ask for. */
export const subscribeOptions = z.object({
  match: z.enum(["exact", "prefix", "wildcard"]).optional(),
  get_retained: z.boolean().optional(),
  _last: z.int().positive().max(100_000).optional(),
});

/** What CALL may ask for. */
export const callOptions = z.object({
  timeout: z.number().nonnegative().optional(),
  receive_progress: z.boolean().optional(),
  disclose_me: z.boolean().optional(),
  progress: z.boolean().optional(),
});

/** What REGISTER may ask for. */
export const registerOptions = z.object({
  match: z.enum(["exact", "prefix", "wildcard"]).optional(),
  invoke: z.enum(["single", "roundrobin", "random", "first", "last"]).optional(),
  disclose_caller: z.boolean().optional(),
});

/** The options, as they were understood; unknown ones are ignored. @throws Refusal `invalid_argument`, which names the option */
export function readOptions<Schema extends z.ZodType>(
  schema: Schema,
  options: Readonly<Record<string, unknown>>,
): z.output<Schema> {
  const read = schema.safeParse(options);
  if (read.success) return read.data;
  throw new Refusal("invalid_argument", `Options: ${explainIssues(read.error.issues)}`);
}
