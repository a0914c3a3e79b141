import { fileURLToPath } from "node:url";
import { cpuSecondsOf, residentBytesOf } from "../process-figures.ts";
import { startScript, startServer, stopProcess, type ServerProcess } from "../processes.ts";
import type { AbuserJob, AbuserState } from "./abuser.ts";
import { attacks, type Attack } from "./attacks.ts";
import { connectProbe, type Probe } from "./probe.ts";

/** What the others felt of one attack. */
export interface AbuseRow {
  readonly name: string;
  /** The others' latency before and during, in ms. */
  readonly before: Percentiles;
  readonly during: Percentiles;
  readonly ratio: Percentiles;
  readonly abuser: AbuserState;
  /** Of its core, during. */
  readonly serverBusy: number;
  readonly serverMegabytes: number;
}

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** How long the abuser may take to open its sockets, in ms. */
const openingMs = 20_000;
const script = fileURLToPath(import.meta.resolve("./abuser.ts"));

/** Lets one address do its worst, in one way after the other; the good clients stay connected all along. */
export async function measureAbuse(seconds: number, onProgress: (name: string) => void): Promise<AbuseRow[]> {
  const rows: AbuseRow[] = [];
  for (const attack of attacks) {
    onProgress(attack.name);
    const server = await startServer("switchboard", "none", attack.settings);
    const probe = await connectProbe(server.url);
    await probe.latencies(Bun.sleep(1_000));
    rows.push(await rowOf(attack, seconds, server, probe));
    probe.close();
    await server.stop();
  }
  return rows;
}

async function rowOf(
  attack: Attack,
  seconds: number,
  server: ServerProcess,
  probe: Probe,
): Promise<AbuseRow> {
  const before = percentilesOf(await probe.latencies(Bun.sleep(seconds * 1_000)));
  const abuser = await startAbuser(attack, Number(server.url.port));
  const cpu = cpuSecondsOf(server.pid);
  const at = performance.now();
  const during = percentilesOf(await probe.latencies(abuser.abuse(seconds)));
  const serverBusy = (cpuSecondsOf(server.pid) - cpu) / ((performance.now() - at) / 1_000);
  const state = await abuser.state();
  const serverMegabytes = residentBytesOf(server.pid) / 1e6;
  await abuser.stop();
  const ratio = { p50: during.p50 / before.p50, p99: during.p99 / before.p99 };
  return {
    name: attack.name,
    before,
    during,
    ratio,
    abuser: state,
    serverBusy,
    serverMegabytes,
  };
}

/** The abuser, in a process of its own. */
async function startAbuser({ name, sockets }: Attack, port: number) {
  const job: AbuserJob = { attack: name, port };
  let heard = Promise.withResolvers<unknown>();
  const child = startScript(script, JSON.stringify(job), (message) => heard.resolve(message));
  await heard.promise;
  const state = async () => {
    heard = Promise.withResolvers();
    child.send("state");
    return (await heard.promise) as AbuserState;
  };
  return {
    state,
    /** Resolves so many seconds after the last socket was opened. */
    async abuse(seconds: number) {
      child.send("begin");
      for (let waited = 0; (await state()).opened < sockets && waited < openingMs; waited += 100)
        await Bun.sleep(100);
      await Bun.sleep(seconds * 1_000);
    },
    stop: () => stopProcess(child),
  };
}

function percentilesOf(latencies: readonly number[]): Percentiles {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

/** The rows as an aligned table. */
export function abuseTable(rows: readonly AbuseRow[]): string {
  const pair = ({ p50, p99 }: Percentiles) => `${p50.toFixed(2)} / ${p99.toFixed(2)}`;
  const head = ["", "before, ms", "during, ms", "ratio", "server busy", "MB", "opened, ended, MB sent"];
  const lines = rows.map(({ name, before, during, ratio, abuser, serverBusy, serverMegabytes }) => [
    name,
    pair(before),
    pair(during),
    pair(ratio),
    `${Math.round(serverBusy * 100)} %`,
    serverMegabytes.toFixed(0),
    `${abuser.opened}, ${abuser.ended}, ${(abuser.sentBytes / 1e6).toFixed(0)}`,
  ]);
  const all = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  return all
    .map((cells) =>
      cells
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join("  "),
    )
    .join("\n");
}
