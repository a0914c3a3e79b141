/** One row of the report: who listens to what, how hard it is driven, and what the server keeps meanwhile. */
export interface Scenario {
  readonly name: string;
  readonly group: "fan" | "targeted";
  /** Subscriber `i` follows crmId `i % topics`. */
  readonly subscribers: number;
  readonly topics: number;
  readonly publishers: number;
  /** Publishes that are under way at most: sent, and not yet delivered to all. */
  readonly window: number;
  /** Publishes per write. */
  readonly chunk: number;
  readonly history: "none" | "memory" | "disk";
}

const fanOut = { group: "fan", subscribers: 1_000, topics: 1, publishers: 1, window: 64, chunk: 16 } as const;
const targeted = {
  group: "targeted",
  subscribers: 10_000,
  topics: 10_000,
  publishers: 4,
  window: 256,
  chunk: 16,
} as const;

/** What is measured. The control keeps no history in any row: a row with history shows what keeping it costs. */
export const scenarios: readonly Scenario[] = [
  { name: "fan-out, 1 topic x 1,000", ...fanOut, history: "none" },
  { name: "targeted, 10,000 crmIds", ...targeted, history: "none" },
  { name: "targeted, history in memory", ...targeted, history: "memory" },
  { name: "targeted, history on disk", ...targeted, history: "disk" },
];

/** Sessions of the idle row; each has said hello and follows a crmId of its own. */
export const idleSessions = 10_000;

/** The crmId with this number: all are equally long, so that all frames are. */
export function crmIdOf(number: number): string {
  return String(number).padStart(6, "0");
}
