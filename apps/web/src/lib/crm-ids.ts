import { crmIdsMax, isCrmId } from "@switchboard/protocol";

/** What somebody typed or pasted where crmIds are asked for. */
export interface TypedCrmIds {
  readonly crmIds: readonly string[];
  /** The pieces that are no crmId. */
  readonly wrong: readonly string[];
}

/** Reads `42`, `42,43`, `42 43`, or the URL of one of these pages; each crmId once, in the order typed. */
export function parseCrmIds(text: string): TypedCrmIds {
  const pieces = (idsInUrl(text.trim()) ?? text).split(/[\s,;]+/).filter((piece) => piece !== "");
  const crmIds = [...new Set(pieces.filter(isCrmId))];
  const wrong = pieces.filter((piece) => !isCrmId(piece));
  return { crmIds: crmIds.slice(0, crmIdsMax), wrong: [...wrong, ...crmIds.slice(crmIdsMax)] };
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
