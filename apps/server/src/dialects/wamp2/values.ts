/** How binary data is written in JSON: WAMP's own convention. */
const binaryMark = "\u0000";
const bits32 = 2 ** 32;
/** What `JSON.parse` alone would not do justice to: integers over 32 bits, and binary data. */
const special = /\d{10}|"\\u0000/;

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/**
 * The value of a JSON text, for languages with integers and binary data: integers over 32 bits are bigints, exact up to 64 bits
 * and floats beyond; `"\u0000"` and base64 is binary data.
 */
export function valueOf(text: string): unknown {
  return special.test(text) ? parse(text, revive) : JSON.parse(text);
}

/** The JSON text of such a value. What JSON does not have becomes null, or is left out of an object. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, replace) ?? "null";
}

/** The value of a JSON text, which `JSON.stringify` gives back with every digit. */
export function exactValueOf(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return parse(text, (_, value, { source = "" }) => (isInteger(value, source) ? rawJSON(source) : value));
}

function revive(_: string, value: unknown, { source = "" }: { readonly source?: string }): unknown {
  if (typeof value === "string" && value.startsWith(binaryMark)) return bytesIn(value.slice(1)) ?? value;
  if (!isInteger(value, source) || Math.abs(value) < bits32) return value;
  const exact = BigInt(source);
  return BigInt.asIntN(64, exact) === exact || BigInt.asUintN(64, exact) === exact ? exact : value;
}

function replace(this: unknown, key: string, given: unknown): unknown {
  if (typeof given === "bigint") return rawJSON(String(given));
  const value = (this as Readonly<Record<string, unknown>>)[key];
  return value instanceof Uint8Array ? binaryMark + Buffer.from(value).toString("base64") : given;
}

function isInteger(value: unknown, source: string): value is number {
  return typeof value === "number" && /^-?\d+$/.test(source);
}

function bytesIn(base64: string): Uint8Array | undefined {
  const bytes = Buffer.from(base64, "base64");
  return bytes.toString("base64") === base64 ? new Uint8Array(bytes) : undefined;
}
