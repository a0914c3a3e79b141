import type { StandardSchema } from "@switchboard/protocol";

/** A schema of no library: what the reader makes of a value, or why it throws. */
export function schema<Output, Input = Output>(
  read: (value: unknown) => Output,
): StandardSchema<Input, Output> {
  return {
    "~standard": {
      version: 1,
      vendor: "test",
      validate(value) {
        try {
          return { value: read(value) };
        } catch (error) {
          const [path = "", message = ""] = (error as Error).message.split(": ");
          return { issues: [{ message, path: path === "" ? [] : path.split(".") }] };
        }
      },
    },
  };
}

/** An object whose members are of these kinds. */
export function record<Kinds extends Readonly<Record<string, "string" | "number" | "boolean">>>(
  kinds: Kinds,
) {
  type Kind = { string: string; number: number; boolean: boolean };
  return schema<{ [Key in keyof Kinds]: Kind[Kinds[Key]] }>((value) => {
    for (const [key, kind] of Object.entries(kinds))
      if (typeof (value as Record<string, unknown> | null)?.[key] !== kind)
        throw new Error(`${key}: must be a ${kind}`);
    return value as { [Key in keyof Kinds]: Kind[Kinds[Key]] };
  });
}

/** A number. */
export const number = schema<number>((value) => {
  if (typeof value !== "number") throw new Error(": must be a number");
  return value;
});

/** A date, sent as its ISO text. */
export const date = schema<Date, string>((value) => {
  if (typeof value !== "string") throw new Error(": must be a date's text");
  return new Date(value);
});

/** The same as a promise: some schemas take their time. */
export function slow<Input, Output>(quick: StandardSchema<Input, Output>): StandardSchema<Input, Output> {
  const { validate, ...rest } = quick["~standard"];
  return { "~standard": { ...rest, validate: async (value) => validate(value) } };
}
