import { createClient } from "@switchboard/sdk";
import { describe, expect, it } from "vitest";
import { Child } from "./child.ts";
import type { FollowerCrowdAnswers } from "./follower-crowd.ts";
import { RawSocket } from "./raw-socket.ts";
import { historyAt } from "./rest.ts";
import { ServerProcess } from "./server-process.ts";
import { report } from "./size.ts";
import { until } from "./until.ts";

const clients = 5_000;
const records = 50;
const bucketMs = 100;

/** How many came back in each 100 ms, from the first to the last. */
function histogramOf(comebacks: readonly number[]): number[] {
  const first = Math.min(...comebacks);
  const histogram: number[] = [];
  for (const at of comebacks) {
    const bucket = Math.floor((at - first) / bucketMs);
    while (histogram.length <= bucket) histogram.push(0);
    histogram[bucket] = (histogram[bucket] ?? 0) + 1;
  }
  return histogram;
}

describe("a server that is told to stop", () => {
  it(`[R18] exits 0; ${clients} clients come back spread over the window, and lose nothing`, async () => {
    await using server = await ServerProcess.start();
    using crowd = new Child<FollowerCrowdAnswers>("follower-crowd.ts");
    await crowd.ask("start", { url: server.url, count: clients, records });
    const publisher = createClient({
      url: server.url,
      backoff: { baseMs: 50, maxMs: 200 },
      queue: { max: 10_000, ageMs: 60_000 },
      onError: () => undefined,
    });
    await publisher.live();
    let published = 0;
    let isPublishing = true;
    /** All the time: before, during and after. */
    const publishing = (async () => {
      const open: Promise<unknown>[] = [];
      for (; isPublishing; published++) {
        const crmIds = [String(published % records)];
        open.push(publisher.publish({ crmIds, data: published, key: `k${published}` }));
        await Bun.sleep(20);
      }
      await Promise.all(open);
    })();

    await until(() => published >= records);
    const toldAt = performance.now();
    const code = await server.end("SIGTERM");
    const stoppedMs = Math.round(performance.now() - toldAt);
    await server.start();
    const upMs = Math.round(performance.now() - toldAt);
    await until(async () => (await crowd.ask("state", undefined as never)).live === clients, { ms: 60_000, everyMs: 100 });
    const until50More = published + records;
    await until(() => published >= until50More);
    isPublishing = false;
    await publishing;
    publisher.close();

    const history = new Map<string, string>();
    for (let record = 0; record < records; record++) {
      const events = await historyAt(server.url, `crm.${record}`);
      history.set(String(record), JSON.stringify(events.map(({ data }) => data)));
    }
    const least = Math.floor(published / records);
    await until(async () => (await crowd.ask("state", undefined as never)).leastHeard >= least, { everyMs: 50 });
    const { logs, comebacks, gaps, recoveries } = await crowd.ask("result", undefined as never);
    const histogram = histogramOf(comebacks);
    const mean = comebacks.length / histogram.length;
    const most = Math.max(...histogram);
    report("SIGTERM", { clients, code, stoppedMs, upMs, back: comebacks.length, windowMs: histogram.length * bucketMs, meanPer100Ms: Math.round(mean), most, ratio: (most / mean).toFixed(2), published, recoveries, gaps });
    report("back per 100 ms", { from: "first", to: `last: ${histogram.join(" ")}` });
    expect(code).toBe(0);
    expect(comebacks.length).toBe(clients);
    expect(most).toBeLessThanOrEqual(2 * mean);
    expect(gaps).toBe(0);
    for (const [record, events] of history) expect(logs[record]).toEqual([events]);
    const numbers = [...history.values()].flatMap((events) => JSON.parse(events) as number[]);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: published }, (_, i) => i));
  });

  it("[R18] waits for who does not read the Close; a second signal exits at once", async () => {
    await using server = await ServerProcess.start();
    using peer = new RawSocket(server.port);
    peer.say({ type: "hello" });
    await until(() => peer.of("welcome").length === 1);
    peer.pause();
    const startedAt = performance.now();
    server.child.kill("SIGTERM");
    await until(() => server.output.includes("once more to stop at once"));
    await Bun.sleep(300);
    expect(server.child.exitCode).toBe(null);
    const code = await server.end("SIGTERM");
    expect([code, performance.now() - startedAt < 2_000]).toEqual([143, true]);
  });
});
