import type { Event } from "@switchboard/sdk";

import { oncePerFrame } from "./frame.ts";
import type { LogRow, SystemRow } from "./log-row.ts";
import { firstFrom, Ring } from "./ring.ts";
import { matcher, narrows } from "./row-filter.ts";

const limits = { max: 10_000, slack: 500, weightMax: 64 * 1024 * 1024 };
const namesMax = 200;

/** What came in, oldest first, and the part of it that is looked at. Everything changes once a frame at most. */
export class Log {
  /** The rows that pass the filter; while paused, of those that were there then. */
  shown = $state.raw<readonly LogRow[]>([]);
  /** Whether the last change of `shown` took rows off its start and did nothing else. */
  wasCut = $state.raw(false);
  /** How many rows `shown` ever gained at its end. */
  appended = $state.raw(0);
  query = $state.raw("");
  name = $state.raw("");
  paused = $state.raw(false);
  /** Messages since the pause. */
  missed = $state.raw(0);
  /** Messages in the log, and those that had to make room. */
  kept = $state.raw(0);
  forgotten = $state.raw(0);
  /** The names that occurred, in the order of their first. */
  names = $state.raw<readonly string[]>([]);
  readonly narrowed = $derived(narrows({ query: this.query, name: this.name }));

  readonly #ring = new Ring<LogRow>(limits, (row) => (row.kind === "event" ? row.text.length : 0));
  #matches = $derived(matcher({ query: this.query, name: this.name }));
  #pending: LogRow[] = [];
  #frozen: readonly LogRow[] = [];
  #nextKey = 1;
  readonly #schedule = oncePerFrame(() => this.#flush());

  addEvent(event: Event): void {
    this.#add({ kind: "event", key: this.#nextKey++, event, text: event.text });
  }

  addSystem(row: Omit<SystemRow, "kind" | "key" | "at">): void {
    this.#add({ kind: "system", key: this.#nextKey++, at: Date.now(), ...row });
  }

  narrow(filter: { query?: string; name?: string }): void {
    this.query = filter.query ?? this.query;
    this.name = filter.name ?? this.name;
    this.#showAll();
  }

  /** Holds what is shown, or lets it go on with all that came meanwhile. */
  pause(paused: boolean): void {
    if (paused === this.paused) return;
    this.paused = paused;
    this.#frozen = paused ? this.#ring.list : [];
    this.missed = 0;
    this.#showAll();
  }

  /** Empties the log; the returned function puts back what was in it. */
  clear(): () => void {
    const [rows, kept, forgotten] = [this.#ring.list, this.kept, this.forgotten];
    this.#ring.clear();
    this.#pending = [];
    this.#frozen = [];
    [this.kept, this.forgotten, this.missed] = [0, 0, 0];
    this.#showAll();
    return () => {
      this.#ring.restore(rows);
      this.kept += kept;
      this.forgotten += forgotten;
      if (this.paused) this.#frozen = rows;
      this.#showAll();
    };
  }

  #add(row: LogRow): void {
    this.#pending.push(row);
    this.#schedule();
  }

  #flush(): void {
    // A cut and an addition at once would move what is being read, as the list only sees its length change.
    if (this.#ring.isFull) return this.#cut();
    const added = this.#pending;
    this.#pending = [];
    this.#ring.add(added);
    this.#count(added);
    if (!this.paused) this.#append(added.filter(this.#matches));
    if (this.#ring.isFull) this.#schedule();
  }

  #append(rows: readonly LogRow[]): void {
    if (rows.length === 0) return;
    this.wasCut = false;
    this.shown = [...this.shown, ...rows];
    this.appended += rows.length;
  }

  #cut(): void {
    const before = this.#ring.list;
    const dropped = this.#ring.cut();
    const messages = before.slice(0, dropped).filter((row) => row.kind === "event").length;
    this.forgotten += messages;
    this.kept -= messages;
    const from = firstFrom(this.shown, this.#ring.list[0]?.key ?? 0);
    if (!this.paused && from > 0) {
      this.wasCut = true;
      this.shown = this.shown.slice(from);
    }
    if (this.#pending.length > 0) this.#schedule();
  }

  #count(added: readonly LogRow[]): void {
    let messages = 0;
    const names = new Set(this.names);
    for (const row of added) {
      if (row.kind !== "event") continue;
      messages += 1;
      if (names.size < namesMax) names.add(row.event.name);
    }
    this.kept += messages;
    if (this.paused) this.missed += messages;
    if (names.size > this.names.length) this.names = [...names];
  }

  #showAll(): void {
    this.wasCut = false;
    this.shown = (this.paused ? this.#frozen : this.#ring.list).filter(this.#matches);
  }
}
