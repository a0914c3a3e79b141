import type { LogRow } from "./log-row.ts";
import { firstFrom } from "./ring.ts";

/** Which row of the log is read, and whether it lies open. */
export class Reading {
  current = $state.raw<LogRow>();
  isOpen = $state.raw(false);

  toggle(row: LogRow): void {
    this.isOpen = !(this.isOpen && this.current?.key === row.key);
    this.current = row;
  }

  close(): void {
    this.isOpen = false;
  }

  /** Goes so many rows down, or up; from nowhere to the newest. The index of the row that it came to. */
  move(rows: readonly LogRow[], step: number): number {
    const last = rows.length - 1;
    if (last < 0) return -1;
    const wanted = this.current ? firstFrom(rows, this.current.key) + step : last;
    const index = Math.min(last, Math.max(0, wanted));
    this.current = rows[index];
    return index;
  }
}
