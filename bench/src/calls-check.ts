// 10,000 calls of 1 s each from 100 sessions at once: a slow call delays nobody. bun bench/src/calls-check.ts
import { type Client, createClient, defineContract } from "@switchboard/sdk";
import { createSwitchboard } from "@switchboard/server";

const sessions = 100;
const callsEach = 100;
const callMs = 1_000;
const pingEveryMs = 50;

/** The server, in a process of its own. */
async function serve(): Promise<void> {
  const contract = defineContract({ procedures: { slow: { by: "server" } } });
  const slow = async () => {
    await Bun.sleep(callMs);
    return undefined;
  };
  const options = { port: 0, dataDir: ":memory:", log: "silent", contract, procedures: { slow } } as const;
  const server = await createSwitchboard(options);
  console.log(server.url.href);
}

/** Calls, all at once and spread over half a second; prints how long they took, and how long pings took meanwhile. */
async function check(): Promise<void> {
  const child = Bun.spawn([process.execPath, import.meta.path, "serve"], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const { value } = await child.stdout.getReader().read();
  const url = new TextDecoder().decode(value).trim();
  const clients = Array.from({ length: sessions }, () => createClient({ url }));
  await Promise.all(clients.map((client) => client.live()));
  console.log(`${told(await pinging(clients, Bun.sleep(callMs)))} with nothing to do`);
  await measure(clients, 0);
  await measure(clients, 500);
  for (const client of clients) client.close();
  child.kill();
}

async function measure(clients: readonly Client[], spreadMs: number): Promise<void> {
  const startedAt = performance.now();
  const ends: number[] = [];
  const work = Array.from({ length: callsEach }, async (_, wave) => {
    if (spreadMs > 0) await Bun.sleep((wave / callsEach) * spreadMs);
    await Promise.all(clients.map((client) => client.call("slow")));
    ends.push(performance.now() - startedAt);
  });
  const trips = await pinging(clients, Promise.all(work));
  const how = spreadMs === 0 ? "at once" : `within ${spreadMs} ms`;
  console.log(`${sessions * callsEach} calls of ${callMs} ms from ${sessions} sessions, made ${how}`);
  console.log(`  the last answer came ${Math.max(...ends).toFixed(0)} ms after the first call`);
  console.log(`  ${told(trips)} meanwhile`);
}

/** The round trips of every client's pings, until the work is done. */
async function pinging(clients: readonly Client[], work: Promise<unknown>): Promise<number[]> {
  const trips: number[] = [];
  const done = new AbortController();
  const all = clients.map(async (client, place) => {
    // Spread, so that they measure the server and not each other.
    await Bun.sleep((place / clients.length) * pingEveryMs);
    while (!done.signal.aborted) {
      trips.push(await client.ping());
      await Bun.sleep(pingEveryMs);
    }
  });
  await work;
  done.abort();
  await Promise.all(all);
  return trips.toSorted((one, other) => one - other);
}

function told(trips: readonly number[]): string {
  const [p50, p99, most] = [at(trips, 0.5), at(trips, 0.99), at(trips, 1)].map((ms) => ms.toFixed(0));
  return `${trips.length} pings: p50 ${p50} ms, p99 ${p99} ms, most ${most} ms`;
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

await (process.argv[2] === "serve" ? serve() : check());
