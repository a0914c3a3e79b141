import { describe, expect, it } from "vitest";
import { Child } from "./child.ts";
import { disorder, Follower } from "./follower.ts";
import { RawSocket } from "./raw-socket.ts";
import type { ReaderCrowdAnswers } from "./reader-crowd.ts";
import { publishAt, publishManyAt, topicAt } from "./rest.ts";
import { ServerProcess } from "./server-process.ts";
import { report } from "./size.ts";
import { until } from "./until.ts";

const topic = "hot.x";
const crowdSize = 1_000;
const events = 2_000;
const text = "x".repeat(1_000);
/** The system holds some 4 MB for who does not read; so much is sent to it alone, beside the crowd's events, until it is ended. */
const filler = { topic: "filler", data: "y".repeat(300_000) };
const settings = { SWITCHBOARD_HISTORY: "hot.*=100000/24h" };

describe("a subscriber that stops reading", () => {
  it(`[R13] is ended (4001) with nothing skipped; ${crowdSize} others hear all ${events} events of 1 KB, in order`, async () => {
    await using server = await ServerProcess.start(settings);
    using crowd = new Child<ReaderCrowdAnswers>("reader-crowd.ts");
    using stuck = new RawSocket(server.port);
    stuck.say({ type: "hello" });
    stuck.say({ type: "subscribe", id: 1, topic });
    stuck.say({ type: "subscribe", id: 2, topic: filler.topic });
    await until(() => stuck.of("subscribed").length === 2);
    await crowd.ask("start", { url: server.url, topic, count: crowdSize });
    const { epoch, offset: start } = await topicAt(server.url, topic);
    stuck.pause();

    const startedAt = performance.now();
    const offsets: number[] = [];
    let goneAfter = 0;
    for (let published = 0; published < events; published += 20) {
      offsets.push(...(await publishManyAt(server.url, topic, 20, () => text)));
      // No faster than the slowest of the crowd, who shares two cores with all others.
      await until(async () => (await crowd.ask("least", undefined)) >= published - 20, {
        everyMs: 1,
      });
      if (goneAfter > 0) continue;
      await publishAt(server.url, filler);
      if ((await topicAt(server.url, topic)).subscribers === crowdSize) goneAfter = offsets.length;
    }
    await until(async () => (await crowd.ask("least", undefined)) === events, { everyMs: 20 });
    const ms = Math.round(performance.now() - startedAt);
    const { least, most, disordered, lastOffsets, closed } = await crowd.ask("result", undefined);
    expect({ least, most, disordered, closed }).toEqual({
      least: events,
      most: events,
      disordered: 0,
      closed: 0,
    });
    expect(lastOffsets).toEqual([offsets.at(-1)]);

    stuck.resume();
    await until(() => stuck.gone || stuck.closeCode !== undefined);
    const before = stuck
      .of("event")
      .flatMap((frame) => (frame.topic === topic ? [frame.offset as number] : []));
    expect(stuck.closeCode).toBe(4001);
    expect([before.length, events - before.length > 0]).toEqual([goneAfter, true]);
    expect(before).toEqual(offsets.slice(0, before.length));

    const since = { epoch, offset: before.at(-1) ?? start };
    using back = new Follower(server.url, topic, { since });
    await back.reaches(offsets.at(-1) ?? 0);
    await until(() => back.recovered.length > 0);
    report("slow reader", {
      crowd: crowdSize,
      events,
      ms,
      endedAfter: goneAfter,
      sentBefore: before.length,
      recovered: back.recovered.join("+"),
      wrong: disorder(back.offsets),
    });
    expect([...before, ...back.offsets]).toEqual(offsets);
    expect(back.gaps).toEqual([]);
  });
});
