import type { Dice } from "./dice.ts";

/** Values that are seldom what is asked for. */
const odd: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  "",
  " ",
  "a b",
  "\0",
  "*",
  "crm.1",
  "switchboard.x",
  "wamp.x",
  "__proto__",
  "\ud800",
  [],
  [[]],
  {},
  { a: {} },
  { __proto__: null, constructor: 1 },
  "x".repeat(300),
];

/** The value, with one place in it changed: something odd instead, something missing, something twice, or something of another. */
export function mutatedValue(value: unknown, others: readonly unknown[], dice: Dice): unknown {
  if (typeof value !== "object" || value === null || dice.below(4) === 0)
    return dice.oneOf([...odd, ...others]);
  if (Array.isArray(value)) {
    const list: unknown[] = [...(value as readonly unknown[])];
    const at = dice.below(list.length + 1);
    const way = dice.below(4);
    if (way === 0) list.splice(at, 1);
    else if (way === 1) list.splice(at, 0, dice.oneOf(odd));
    else list[at] = mutatedValue(list[at], others, dice);
    return list;
  }
  const entries = Object.entries(value);
  const key = dice.oneOf([...entries.map(([name]) => name), ...["id", "data", "event"].slice(dice.below(3))]);
  if (dice.below(5) === 0) return Object.fromEntries(entries.filter(([name]) => name !== key));
  return { ...value, [key]: mutatedValue((value as Record<string, unknown>)[key], others, dice) };
}

/** The text with a bit, an end, a piece or all of it changed. */
export function mutatedText(text: string, other: string, dice: Dice): string {
  const at = dice.below(text.length);
  switch (dice.below(5)) {
    case 0: {
      const letter = String.fromCharCode(text.charCodeAt(at) ^ (1 << dice.below(7)));
      return text.slice(0, at) + letter + text.slice(at + 1);
    }
    case 1:
      return text.slice(0, at);
    case 2:
      return text.slice(0, at) + text.slice(at + 1 + dice.below(5));
    case 3:
      return text.slice(0, at) + other.slice(dice.below(other.length));
    default:
      return new TextDecoder().decode(dice.bytes(dice.below(100)));
  }
}

/** The bytes with a bit, an end, a piece or all of them changed. */
export function mutatedBytes(bytes: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array<ArrayBuffer> {
  const at = dice.below(bytes.length);
  const joined = (...parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
  switch (dice.below(5)) {
    case 0:
      return Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ (1 << dice.below(8)) : byte));
    case 1:
      return joined(bytes.subarray(0, at));
    case 2:
      return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + dice.below(5)));
    case 3:
      return joined(bytes.subarray(0, at), other.subarray(dice.below(other.length)));
    default:
      return dice.bytes(dice.below(100));
  }
}
