import { createPublisher, type Publication } from "@switchboard/sdk";
import { describe, expect, it } from "vitest";
import { Crowd } from "./crowd.ts";
import { historyAt } from "./rest.ts";
import { ServerProcess } from "./server-process.ts";
import { report } from "./size.ts";
import { SlowPublish } from "./slow-publish.ts";
import { until } from "./until.ts";

const clients = 5_000;
const records = 50;
const bucketMs = 100;
/** `SWITCHBOARD_DRAIN_MS`, by default. */
const drainMs = 5_000;

/** How many there are in each 100 ms, from the first to the last. */
function spreadOf(times: readonly number[]) {
  const first = Math.min(...times);
  const histogram: number[] = [];
  for (const time of times) {
    const bucket = Math.floor((time - first) / bucketMs);
    while (histogram.length <= bucket) histogram.push(0);
    histogram[bucket] = (histogram[bucket] ?? 0) + 1;
  }
  const most = Math.max(...histogram);
  return {
    histogram,
    most,
    windowMs: histogram.length * bucketMs,
    ratio: (most * histogram.length) / times.length,
  };
}

describe("a server that is told to stop", () => {
  it(`[R18] exits 0; ${clients} clients come back spread over the window, and lose nothing`, async () => {
    await using server = await ServerProcess.start();
    using crowd = new Crowd();
    await crowd.start(server.url, clients, records);
    const publisher = createPublisher({ url: server.url, retries: 0 });
    const publish = async (publication: Publication): Promise<void> => {
      while (
        await publisher.publish(publication).then(
          () => false,
          () => true,
        )
      )
        await Bun.sleep(20);
    };
    let published = 0;
    const stop = new AbortController();
    /** All the time: before, during and after. Each until it is accepted, so that not all come at once when the server is back. */
    const publishing = (async () => {
      for (; !stop.signal.aborted; published++) {
        await publish({ crmIds: [String(published % records)], data: published, key: `k${published}` });
        await Bun.sleep(20);
      }
    })();

    await until(() => published >= records);
    const toldAt = performance.now();
    const code = await server.end("SIGTERM");
    const stoppedMs = Math.round(performance.now() - toldAt);
    await server.start();
    const upMs = Math.round(performance.now() - toldAt);
    await until(async () => (await crowd.state()).live === clients, {
      ms: 60_000,
      everyMs: 100,
    });
    const until50More = published + records;
    await until(() => published >= until50More);
    stop.abort();
    await publishing;

    const history = new Map<string, string>();
    for (let record = 0; record < records; record++) {
      const events = await historyAt(server.url, `crm.${record}`);
      history.set(String(record), JSON.stringify(events.map(({ data }) => data)));
    }
    const each = clients / records;
    await until(async () => (await crowd.state()).heard >= published * each, { everyMs: 50 });
    const { logsOf, comebacks, longestStallMs, gaps, recoveries } = await crowd.result();
    const left = spreadOf(comebacks.map((comeback) => comeback.left));
    const due = spreadOf(comebacks.map((comeback) => comeback.due));
    const came = spreadOf(comebacks.map(({ at }) => at));
    report("SIGTERM", {
      clients,
      code,
      stoppedMs,
      upMs,
      back: comebacks.length,
      published,
      recoveries,
      gaps,
      longestStallMs,
    });
    for (const [name, { histogram, windowMs, ratio }] of Object.entries({ left, due, came }))
      report(`${name} per ${bucketMs} ms`, {
        windowMs,
        mostPerMean: ratio.toFixed(2),
        each: histogram.join(" "),
      });
    expect(code).toBe(0);
    expect(comebacks.length).toBe(clients);
    expect(due.ratio).toBeLessThanOrEqual(2);
    // A window could be even, and too short: they leave, and come back, over five seconds each.
    const evenly = (clients * bucketMs) / drainMs;
    expect([left.windowMs >= 0.8 * drainMs, due.windowMs >= 0.8 * drainMs]).toEqual([true, true]);
    expect(due.most).toBeLessThanOrEqual(2 * evenly);
    // Where a process waited for the machine, all that was due meanwhile comes at once: then only what was due can be judged.
    if (longestStallMs < bucketMs) expect(came.ratio).toBeLessThanOrEqual(2);
    expect(gaps).toBe(0);
    for (const [record, events] of history) expect(logsOf(record)).toEqual([events]);
    const numbers = [...history.values()].flatMap((events) => JSON.parse(events) as number[]);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: published }, (_, i) => i));
  });

  it("[R18] finishes a publish that it had begun to receive, and then exits 0", async () => {
    await using server = await ServerProcess.start();
    using request = new SlowPublish(server.port, "crm.1");
    await request.half();
    server.child.kill("SIGTERM");
    await until(() => server.output.includes("once more to stop at once"));
    request.rest();
    expect(await server.child.exited).toBe(0);
    await until(() => request.answer.includes('"publication"'));
    expect(request.answer).toMatch(/^HTTP\/1.1 200 /);
    await server.start();
    expect((await historyAt(server.url, "crm.1")).map(({ data }) => data)).toEqual(["slow"]);
  });

  it("[R18] exits at once at a second signal", async () => {
    await using server = await ServerProcess.start();
    using request = new SlowPublish(server.port, "crm.1");
    await request.half();
    server.child.kill("SIGTERM");
    await until(() => server.output.includes("once more to stop at once"));
    const startedAt = performance.now();
    expect(server.child.exitCode).toBe(null);
    const code = await server.end("SIGTERM");
    const ms = Math.round(performance.now() - startedAt);
    report("second signal", { code, ms });
    expect(code).toBe(143);
  });
});
