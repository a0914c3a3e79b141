import { parse } from "lossless-json";

/** Where a text stops being JSON, and why. */
export interface JsonError {
  readonly message: string;
  /** Counted in UTF-16 units from 0. */
  readonly position: number;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
}

/** The first error in the text, or undefined where it is JSON. */
export function jsonErrorOf(text: string): JsonError | undefined {
  if (text.trim() === "") return errorAt(text, 0, "Nothing here yet: give a JSON value");
  try {
    parse(text, undefined, { onDuplicateKey: ({ newValue }) => newValue });
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, why = message, at = "0"] = /^([\s\S]*?) at position (\d+)$/.exec(message) ?? [];
    return errorAt(text, Number(at), why);
  }
}

/** The text itself as a JSON string. */
export function asJsonString(text: string): string {
  return JSON.stringify(text);
}

/** An error at this place of the text. */
export function errorAt(text: string, position: number, message: string): JsonError {
  const before = text.slice(0, position);
  const line = before.split("\n").length;
  return { message, position, line, column: position - before.lastIndexOf("\n") };
}
