import type { EventRow, LogRow } from "./log-row.ts";

/** One JSON object a line, events only; the data is the text as it was sent. */
export function ndjson(rows: readonly LogRow[]): string {
  return rows.flatMap((row) => (row.kind === "event" ? [`${lineOf(row)}\n`] : [])).join("");
}

function lineOf({ event, text }: EventRow): string {
  const { topic, crmId, name, offset, publication } = event;
  const times = { sent: new Date(event.time).toISOString(), heard: new Date(event.heard).toISOString() };
  const facts = JSON.stringify({ ...times, crmId, topic, name, offset, publication });
  // Between the pieces of JSON a line's end means nothing, and inside of strings it cannot stand.
  return `${facts.slice(0, -1)},"data":${text.replaceAll(/[\r\n]+/g, " ")}}`;
}
