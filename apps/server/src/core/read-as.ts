import { explainIssues, issueDetails } from "@switchboard/protocol";
import type * as z from "zod";
import { Refusal } from "./errors.ts";

/** What the schema makes of the value. @throws Refusal `invalid_argument`, which names the field, with the issues */
export function readAs<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const { issues } = read.error;
  throw new Refusal("invalid_argument", explainIssues(issues), { details: issueDetails(issues) });
}
