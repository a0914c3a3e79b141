import { describe, expect, it } from "vitest";
import { Child } from "./child.ts";
import { disorder, Follower } from "./follower.ts";
import type { PingerAnswers } from "./pinger.ts";
import { publishManyAt, topicAt } from "./rest.ts";
import { ServerProcess } from "./server-process.ts";
import { report } from "./size.ts";
import { until } from "./until.ts";

const topic = "long.x";
const kept = 100_000;
const missed = 50_000;

/** How much memory the server takes at most, until stopped. */
function watchMemory(server: ServerProcess) {
  let mostMb = 0;
  const timer = setInterval(() => {
    void server.memoryMb().then((mb) => (mostMb = Math.max(mostMb, mb)));
  }, 5);
  return () => {
    clearInterval(timer);
    return mostMb;
  };
}

describe("a client that was away for long", () => {
  it(`[R10] gets all ${missed} events of a topic that keeps ${kept}, in order, once; others are answered meanwhile`, async () => {
    await using server = await ServerProcess.start({ SWITCHBOARD_HISTORY: `long.*=${kept}/24h` });
    using other = new Child<PingerAnswers>("pinger.ts");
    await other.ask("start", server.url);
    using before = new Follower(server.url, topic);
    await before.subscription.ready;
    const [first = -1] = await publishManyAt(server.url, topic, 1_000);
    await until(() => before.offsets.length === 1_000);
    const { position } = before;
    before.client.close();
    const offsets = await publishManyAt(server.url, topic, missed, (n) => ({ n, text: "x".repeat(100) }));
    const restingMb = await server.memoryMb();

    await other.ask("measured", undefined);
    const stopWatching = watchMemory(server);
    const startedAt = performance.now();
    using back = new Follower(server.url, topic, { since: position });
    // News comes while history is still being sent: it waits for its turn.
    const live: number[] = [];
    while (back.recovered.length === 0) live.push(...(await publishManyAt(server.url, topic, 10)));
    await back.reaches(live.at(-1) ?? 0);
    const ms = Math.round(performance.now() - startedAt);
    const memoryMb = stopWatching();
    const { pings, longestMs: pingMs } = await other.ask("measured", undefined);
    const wrong = disorder(back.offsets);
    report("away for 50,000", {
      heard: back.offsets.length,
      meanwhile: live.length,
      wrong,
      ms,
      pings,
      pingMsMost: pingMs,
      restingMb,
      memoryMbMost: memoryMb,
    });
    expect(back.offsets).toEqual([...offsets, ...live]);
    expect([(back.recovered[0] ?? 0) >= missed, back.recovered.length, back.gaps]).toEqual([true, 1, []]);
    expect(position.offset).toBe(first + 999);
    // How long they took is printed, not asserted: the machine is shared.
    expect(pings).toBeGreaterThan(1);
    expect(memoryMb - restingMb).toBeLessThan(64);

    back.client.close();
    const since = back.position;
    const late = await publishManyAt(server.url, topic, kept + 1);
    using tooLate = new Follower(server.url, topic, { since });
    await tooLate.reaches(late.at(-1) ?? 0);
    await until(() => tooLate.offsets.length >= kept);
    const { epoch, offset } = await topicAt(server.url, topic);
    report("away for longer than the history", { gaps: tooLate.gaps.length, heard: tooLate.offsets.length });
    expect(tooLate.gaps).toEqual([{ topic, since, now: { epoch, offset } }]);
    expect(tooLate.offsets).toEqual(late.slice(1));
    expect(tooLate.recovered).toEqual([]);
  });

  it("[R10] is told `recovered: false` where one event is forgotten, and true where none is", async () => {
    await using server = await ServerProcess.start({ SWITCHBOARD_HISTORY: "short.*=100/24h" });
    using start = new Follower(server.url, "short.x");
    await start.subscription.ready;
    const offsets = await publishManyAt(server.url, "short.x", 1_001);
    const { epoch } = await topicAt(server.url, "short.x");
    const outcomes: unknown[] = [];
    for (const since of [offsets.at(-102), offsets.at(-101)] as number[]) {
      using back = new Follower(server.url, "short.x", { since: { epoch, offset: since } });
      await back.reaches(offsets.at(-1) ?? 0);
      await until(() => back.offsets.length >= 100);
      outcomes.push([back.gaps.length, back.recovered, back.offsets.length]);
    }
    expect(outcomes).toEqual([
      [1, [], 100],
      [0, [100], 100],
    ]);
  });
});
