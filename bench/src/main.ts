#!/usr/bin/env bun
import { parseArgs } from "node:util";
import { abuseTable, measureAbuse } from "./abuse/abuse.ts";
import { contest, type Plan } from "./contest.ts";
import { bytesPerIdleSession } from "./idle.ts";
import { manyTopicsTable, measureManyTopics } from "./nats/many-topics.ts";
import { requireOpenFiles } from "./processes.ts";
import { idleRow, loadRow, type Row, tableOf } from "./report.ts";
import { type Scenario, scenarios } from "./scenarios.ts";
import { checkTargeted } from "./targeted-check.ts";

const usage = `usage: bun run bench [--seconds 2] [--rounds 4] [--only fan|targeted|idle|abuse|nats] [--durable] [--wsload PATH] [--json]
       bun run bench --check [--seed 1]`;
const groups = ["fan", "targeted", "idle", "abuse", "nats"] as const;
/** What is measured where nothing is said: all that needs no other server. */
const usual = groups.filter((group) => group !== "nats");
/** The connections of the greatest row, and what a process opens besides. */
const openFiles = 12_000;

interface Options extends Plan {
  readonly groups: readonly string[];
  readonly durable: boolean;
  readonly json: boolean;
}

try {
  if (process.platform !== "linux") throw new Error("The bench reads /proc: it runs on Linux alone");
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
process.exit();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "2" },
      rounds: { type: "string", default: "4" },
      only: { type: "string" },
      durable: { type: "boolean", default: false },
      wsload: { type: "string" },
      json: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      seed: { type: "string", default: "1" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(usage);
  requireOpenFiles(openFiles);
  if (values.check) return check(Number(values.seed));
  const isGroup = groups.some((group) => group === values.only);
  if (values.only !== undefined && !isGroup) throw new Error(usage);
  const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
  if (!(seconds > 0) || !Number.isInteger(rounds) || rounds < 1) throw new Error(usage);
  const { durable, json, wsload } = values;
  await bench({ seconds, rounds, wsload, durable, json, groups: isGroup ? [values.only ?? ""] : usual });
}

async function bench(options: Options): Promise<void> {
  if (options.groups.includes("nats")) return benchNats(options);
  if (options.groups.some((group) => group !== "abuse")) await benchSpeed(options);
  if (options.groups.includes("abuse")) await benchAbuse(options);
}

async function benchSpeed(options: Options): Promise<void> {
  const rows: Row[] = [];
  for (const scenario of scenarios) {
    if (!options.groups.includes(scenario.group)) continue;
    if (scenario.history === "disk" && !options.durable) continue;
    rows.push(...(await rowsOf(scenario, options)));
  }
  if (options.groups.includes("idle")) rows.push(await measuredIdle(options.rounds));
  console.log(options.json ? JSON.stringify(rows, undefined, 2) : described(rows, options));
  if (rows.some(({ faults }) => faults > 0)) throw new Error("Deliveries were missing, or not asked for");
}

async function benchAbuse({ seconds, json }: Options): Promise<void> {
  const rows = await measureAbuse(seconds, progress);
  if (json) return console.log(JSON.stringify(rows, undefined, 2));
  console.log(`
What good clients feel while one address does its worst: their latency (from publish to delivery), median / 99th percentile.

${abuseTable(rows)}
`);
}

async function benchNats({ json }: Options): Promise<void> {
  progress("50,000 topics followed on each node");
  const rows = await measureManyTopics();
  console.log(json ? JSON.stringify(rows, undefined, 2) : manyTopicsTable(rows));
  if (rows.some(({ missing }) => missing > 0)) throw new Error("Deliveries were missing");
}

/** With wsload, two rows: its figures below those of the bench's own generator. */
async function rowsOf(scenario: Scenario, { seconds, rounds, wsload }: Options): Promise<Row[]> {
  progress(scenario.name);
  const rows = [loadRow(scenario.name, await contest(scenario, { seconds, rounds }))];
  if (wsload === undefined) return rows;
  progress(`${scenario.name}, by wsload`);
  return [...rows, loadRow("  by wsload", await contest(scenario, { seconds, rounds, wsload }))];
}

async function measuredIdle(rounds: number): Promise<Row> {
  const bytes = { switchboard: [] as number[], control: [] as number[] };
  for (let round = 0; round < Math.min(rounds, 2); round++) {
    progress("memory per idle session");
    bytes.switchboard.push(await bytesPerIdleSession("switchboard"));
    bytes.control.push(await bytesPerIdleSession("control"));
  }
  return idleRow(bytes);
}

function described(rows: readonly Row[], { seconds, rounds }: Options): string {
  return `
Messages delivered per second of the server's CPU time; ${rounds} pairs of ${seconds} s, medians.
Cores busy: the server's / the generator's. Faults: deliveries missing or not asked for.

${tableOf(rows)}
`;
}

async function check(seed: number): Promise<void> {
  const areRight = [await checkTargeted("switchboard", seed), await checkTargeted("control", seed)];
  if (areRight.includes(false)) throw new Error("Some messages did not reach their one follower");
}

function progress(what: string): void {
  process.stderr.write(`measuring ${what} ...\n`);
}
