import { crmIdsMax, isCrmId } from "@switchboard/protocol";

/** What somebody typed or pasted where crmIds are asked for. */
export interface TypedCrmIds {
  readonly crmIds: readonly string[];
  /** The pieces that are no crmId, or too many. */
  readonly wrong: readonly string[];
}

/** Reads `42`, `42,43`, `42 43`, or the URL of one of these pages; each crmId once, in the order typed. */
export function parseCrmIds(text: string): TypedCrmIds {
  const pieces = (idsInUrl(text.trim()) ?? text).split(/[\s,;]+/).filter((piece) => piece !== "");
  const crmIds = [...new Set(pieces.filter(isCrmId))];
  const wrong = pieces.filter((piece) => !isCrmId(piece));
  return { crmIds: crmIds.slice(0, crmIdsMax), wrong: [...wrong, ...crmIds.slice(crmIdsMax)] };
}

/** Says what is wrong with these pieces; nothing where there are none. */
export function wrongWords(pieces: readonly string[]): string {
  const none = pieces.filter((piece) => !isCrmId(piece));
  if (none.length > 0) return `Not a crmId: ${none.join(", ")}. It has up to 64 of A–Z a–z 0–9 _ and -.`;
  return pieces.length > 0 ? `At most ${crmIdsMax} at once: leave out ${pieces.join(", ")}.` : "";
}

/** The piece that is being typed: what stands after the last separator. */
export function lastPiece(text: string): string {
  return /[^\s,;]*$/.exec(text)?.[0] ?? "";
}

/** The text with the piece being typed replaced by a whole crmId. */
export function completeLastPiece(text: string, crmId: string): string {
  return text.slice(0, text.length - lastPiece(text).length) + crmId;
}

function idsInUrl(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const { searchParams } = new URL(text);
  return searchParams.get("crmId") ?? searchParams.get("to") ?? undefined;
}
