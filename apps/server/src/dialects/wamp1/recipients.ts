import { recipientsMax } from "@switchboard/protocol";
import { Refusal } from "../../core/errors.ts";
import { malformed } from "./message.ts";

/** Which sessions hear a publish. */
interface Recipients {
  readonly exclude?: string[];
  /** Never empty. */
  readonly eligible?: string[];
}

/**
 * Reads a publish's fourth and fifth element as Ratchet does: `exclude` is a list of session ids, or says whether the publisher itself is
 * left out; an `eligible` that is empty or missing means everybody.
 * @throws Close where `eligible` is no list: it must not reach those whom it was to keep out
 */
export function recipientsOf(exclude: unknown, eligible: unknown, publisher: string): Recipients {
  const left = excludedOf(exclude, publisher);
  const chosen = eligible === undefined || eligible === null ? [] : idsIn(eligible);
  if (chosen === undefined) throw malformed("the fifth element of a publish must be a list of session ids");
  for (const list of [left, chosen])
    if (list.length > recipientsMax)
      throw new Refusal("limit_exceeded", `a list has ${recipientsMax} session ids at most`);
  return { ...(left.length > 0 && { exclude: left }), ...(chosen.length > 0 && { eligible: chosen }) };
}

function excludedOf(exclude: unknown, publisher: string): string[] {
  const listed = idsIn(exclude);
  if (listed !== undefined) return listed;
  return isTrueInPhp(exclude) ? [publisher] : [];
}

/** The ids in a list; of an object, PHP's other list, in its values. Numbers are ids of other dialects. */
function idsIn(value: unknown): string[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.values(value).map((id: unknown) => (typeof id === "string" ? id : JSON.stringify(id)));
}

function isTrueInPhp(value: unknown): boolean {
  return Boolean(value) && value !== "0";
}
