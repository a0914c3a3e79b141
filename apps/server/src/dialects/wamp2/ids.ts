import type { Identity } from "../../core/identity.ts";

const bits32 = 2 ** 32;

/** A session's id, 1 to 2^53 − 1, of random hexadecimal digits: the two of a UUID that are not quite random are left out. */
export function sessionIdOf(digits: string): string {
  const [high, low] = [digits.slice(0, 12), digits.slice(13, 15)];
  return String(Number.parseInt(high, 16) * 32 + (Number.parseInt(low, 16) % 32) || 1);
}

/** Whether the session's id is one of ours; other languages have texts. */
function isSessionId(id: string): boolean {
  return /^[1-9]\d{0,15}$/.test(id);
}

/** A session's id as clients know it: a number; of other languages a text. */
export function toldId(id: string): number | string {
  return isSessionId(id) ? Number(id) : id;
}

/**
 * Who somebody is, as the details tell of a `caller` or `publisher`, which must be a number, or clients break: sessions of other languages
 * have none, and are told with `_` before.
 */
export function toldAs(
  what: "caller" | "publisher",
  { session, subject, role }: Identity,
): Record<string, unknown> {
  return {
    [isSessionId(session) ? what : `_${what}`]: toldId(session),
    ...(subject !== undefined && { [`${what}_authid`]: subject }),
    ...(role !== undefined && { [`${what}_authrole`]: role }),
  };
}

/** A number from 1 to 2^53 − 1 that stands for the text: the same everywhere and always. For ids that the core knows as texts. */
export function numberOf(text: string): number {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495);
  }
  high = mixed(high, low);
  low = mixed(low, high);
  return (high & 0x1fffff) * bits32 + (low >>> 0) || 1;
}

function mixed(one: number, other: number): number {
  return (
    Math.imul(one ^ (one >>> 16), 0x85ebca6b) ^ Math.imul(other ^ (other >>> 13), 0xc2b2ae35) ^ (one >>> 15)
  );
}
