import type { LogRow } from "./log-row.ts";

/** What the log is narrowed to; empty texts narrow nothing. */
export interface RowFilter {
  readonly query: string;
  readonly name: string;
}

/** A test for rows: the query is looked for in crmId, name and data without regard to case, the name is the whole name. */
export function matcher({ query, name }: RowFilter): (row: LogRow) => boolean {
  const wanted = query.trim().toLowerCase();
  if (wanted === "" && name === "") return () => true;
  return (row) => {
    if (row.kind === "system") {
      if (row.tone === "warn" || row.tone === "bad") return true;
      return name === "" && row.text.toLowerCase().includes(wanted);
    }
    const { event } = row;
    if (name !== "" && event.name !== name) return false;
    return (
      wanted === "" ||
      event.topic.toLowerCase().includes(wanted) ||
      event.name.toLowerCase().includes(wanted) ||
      row.text.toLowerCase().includes(wanted)
    );
  };
}

/** Whether the filter hides anything at all. */
export function narrows({ query, name }: RowFilter): boolean {
  return query.trim() !== "" || name !== "";
}
