import type { Readings } from "./contest.ts";
import type { Reading } from "./load.ts";
import { type Contestant, contestants } from "./processes.ts";

/** One row, in figures. */
export interface Row {
  readonly name: string;
  /** What both are compared in, the median of all rounds. */
  readonly value: Readonly<Record<Contestant, number>>;
  readonly unit: "messages per CPU second" | "bytes";
  /** Switchboard's figure divided by the control's, pair by pair: the median, the least and the greatest. */
  readonly ratio: { readonly median: number; readonly least: number; readonly greatest: number };
  /** Messages per second of the clock. */
  readonly wall?: Readonly<Record<Contestant, number>>;
  /** How much of its core the server and the generator used, both contestants together: near 1 is saturated. */
  readonly busy?: { readonly server: number; readonly generator: number };
  /** Deliveries that were missing or not asked for, and publishes refused: must be 0. */
  readonly faults: number;
}

/** The row of a contest. */
export function loadRow(name: string, readings: Readings): Row {
  const perCpuSecond = (reading: Reading) => reading.delivered / reading.serverCpuSeconds;
  const all = contestants.flatMap((who) => readings[who]);
  const share = (of: (reading: Reading) => number) => median(all.map((one) => of(one) / one.wallSeconds));
  return {
    ...compared({
      switchboard: readings.switchboard.map(perCpuSecond),
      control: readings.control.map(perCpuSecond),
    }),
    name,
    unit: "messages per CPU second",
    wall: both((who) => median(readings[who].map((one) => one.delivered / one.wallSeconds))),
    busy: {
      server: share((one) => one.serverCpuSeconds),
      generator: share((one) => one.generatorCpuSeconds),
    },
    faults: [...all, ...readings.warmUps].reduce(
      (sum, { missing, extra, refused }) => sum + missing + extra + refused,
      0,
    ),
  };
}

/** The row of the memory per idle session. */
export function idleRow(bytes: Readonly<Record<Contestant, readonly number[]>>): Row {
  return { ...compared(bytes), name: "memory per idle session", unit: "bytes", faults: 0 };
}

/** The rows as an aligned table. */
export function tableOf(rows: readonly Row[]): string {
  const head = [
    "",
    "switchboard",
    "control",
    "ratio",
    "(least–most)",
    "per second, both",
    "cores busy",
    "faults",
  ];
  const lines = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const aligned = lines.map((cells) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
  return aligned.join("\n");
}

function cellsOf({ name, unit, value, ratio, wall, busy, faults }: Row): string[] {
  const shown = (number: number) => (unit === "bytes" ? kilobytes(number) : thousands(number));
  const percent = (share: number) => `${Math.round(share * 100)}`;
  return [
    name,
    shown(value.switchboard),
    shown(value.control),
    ratio.median.toFixed(2),
    `(${ratio.least.toFixed(2)}–${ratio.greatest.toFixed(2)})`,
    wall ? `${thousands(wall.switchboard)} / ${thousands(wall.control)}` : "",
    busy ? `${percent(busy.server)} / ${percent(busy.generator)} %` : "",
    wall ? String(faults) : "",
  ];
}

function compared(figures: Readonly<Record<Contestant, readonly number[]>>): Pick<Row, "value" | "ratio"> {
  const ratios = figures.switchboard.map((figure, pair) => figure / (figures.control[pair] ?? NaN));
  return {
    value: both((who) => median(figures[who])),
    ratio: { median: median(ratios), least: Math.min(...ratios), greatest: Math.max(...ratios) },
  };
}

function both(of: (who: Contestant) => number): Record<Contestant, number> {
  return { switchboard: of("switchboard"), control: of("control") };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

function thousands(number: number): string {
  return `${(number / 1_000).toFixed(1)} k`;
}

function kilobytes(number: number): string {
  return `${(number / 1_024).toFixed(1)} KB`;
}
