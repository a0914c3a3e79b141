import { explainIssues } from "@switchboard/protocol";
import * as z from "zod";
import type { CallHandler, Caller } from "../../../core/calls.ts";
import { Refusal } from "../../../core/errors.ts";
import { argumentsOf, dataOf } from "../../arguments.ts";

/** What a procedure answers: JSON texts. */
export interface Answer {
  readonly args: readonly string[];
  readonly kwargs?: string;
}

/** How many ids one answer lists. */
const listedMax = 10_000;

/** A session, by the number or the text that clients know it by. */
export const sessionId = z.union([z.int().positive(), z.string().min(1).max(128)]).transform(String);
/** Of a subscription or a registration. */
export const number = z.int().positive();

/** A procedure of these positional and keyword arguments; more of them are ignored. */
export function answering<Args extends z.ZodType, Kwargs extends z.ZodType>(
  [args, kwargs]: readonly [args: Args, kwargs: Kwargs],
  answer: (
    args: z.output<Args>,
    kwargs: z.output<Kwargs>,
    caller: Caller | undefined,
  ) => Answer | Promise<Answer>,
): CallHandler {
  return async ({ data, caller }) => {
    const given = argumentsOf(data);
    const positional = given.args.map((text) => JSON.parse(text) as unknown);
    const named: unknown = given.kwargs === undefined ? {} : JSON.parse(given.kwargs);
    const answered = await answer(readAs(args, positional), readAs(kwargs, named), caller);
    return dataOf(answered.args, answered.kwargs) ?? "null";
  };
}

/** An answer of values. */
export function answerOf(...values: readonly unknown[]): Answer {
  return { args: values.map((value) => JSON.stringify(value)) };
}

/** An answer that lists. @throws Refusal `limit_exceeded` where it would be too long */
export function listOf(ids: Iterable<number | string>): readonly (number | string)[] {
  const list = [...ids];
  if (list.length > listedMax)
    throw new Refusal("limit_exceeded", `there are ${list.length}, and ${listedMax} are listed at most`);
  return list;
}

function readAs<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new Refusal("invalid_argument", `arguments: ${explainIssues(read.error.issues)}`);
}
