import { describe, expect, it } from "vitest";
import { Dice } from "./dice.ts";
import type { Fate } from "./fate.ts";
import { ModelPublisher } from "./model-publisher.ts";
import { Proxy } from "./proxy.ts";
import { historyAt, type Kept } from "./rest.ts";
import { ServerProcess } from "./server-process.ts";
import { isFull, report } from "./size.ts";
import { Witness } from "./witness.ts";

const topics = ["model.a", "model.b", "short.c"];
const runMs = isFull ? 60_000 : 15_000;
const settings = {
  SWITCHBOARD_HISTORY: "model.*=100000/24h,short.*=40/24h",
  SWITCHBOARD_HEARTBEAT_MS: "500",
  SWITCHBOARD_DRAIN_MS: "200",
  // So small that histories are read on for want of room, too.
  SWITCHBOARD_HELD_EVENTS_MAX: "20",
};

/** What befalls the next connection, while the network is bad. */
function fateBy(dice: Dice): Fate {
  const bytes = () => dice.between(100, 12_000);
  const delayMs = () => dice.below(15);
  const fates = {
    good: () => ({}),
    slow: () => ({ delayMs }),
    cut: () => ({ cutAfter: bytes(), ...(dice.below(2) === 0 && { delayMs }) }),
    halfClosed: () => ({
      halfCloseAfter: { bytes: bytes(), side: dice.below(2) === 0 ? "server" : "client" } as const,
    }),
    silent: () => ({ silentAfter: bytes() }),
    replayed: () => ({ replayAfter: dice.below(3), ...(dice.below(2) === 0 && { cutAfter: bytes() }) }),
    refused: () => ({ refuse: true }),
  };
  return fates[dice.pick({ good: 4, slow: 4, cut: 4, halfClosed: 2, silent: 1, replayed: 3, refused: 1 })]();
}

/** Does things to network, server and clients until the time is over. */
async function trouble(dice: Dice, proxy: Proxy, server: ServerProcess, witnesses: readonly Witness[]) {
  const counts = { kills: 0, terms: 0, reloads: 0, silences: 0 };
  const end = Date.now() + runMs;
  const restart = async (signal: "SIGKILL" | "SIGTERM") => {
    await server.end(signal);
    await server.start();
  };
  // Each of these at least once.
  const first = ["kill", "term", "silence", "reload"] as const;
  for (let i = 0; Date.now() < end; i++) {
    const deed =
      first[i] ?? dice.pick({ cutAll: 3, cutSome: 8, kill: 2, term: 1, silence: 1, reload: 8, rest: 6 });
    if (deed === "cutAll") proxy.cut();
    else if (deed === "cutSome") proxy.cut(() => dice.below(3) === 0);
    else if (deed === "kill") await restart("SIGKILL").then(() => (counts.kills += 1));
    else if (deed === "term") await restart("SIGTERM").then(() => (counts.terms += 1));
    else if (deed === "reload") witnesses[dice.below(witnesses.length)]?.crash(dice.below(2) === 0);
    else if (deed === "silence") {
      counts.silences += 1;
      proxy.silence(true);
      await Bun.sleep(dice.between(100, 1_500));
      proxy.silence(false);
    }
    await Bun.sleep(dice.between(20, 300));
  }
  return counts;
}

describe("the SDK and the server, with all that a network and a machine do in between", () => {
  it("[R9] [R10] [R11] every client's log is the topic's, each event once and in order, or a gap was told", async () => {
    const dice = new Dice();
    process.stdout.write(`  [recovery] model: SWITCHBOARD_TEST_SEED=${dice.seed}\n`);
    await using server = await ServerProcess.start(settings);
    let isCalm = true;
    await using proxy = await Proxy.before(server.port, () => (isCalm ? {} : fateBy(dice)));
    const witnesses = topics.flatMap((topic) =>
      (["handler", "loop", "handler"] as const).map((how) => new Witness(proxy.url, topic, how)),
    );
    await Promise.all(witnesses.map((witness) => witness.begun));
    isCalm = false;
    const publishers = [0, 1, 2].map((number) => new ModelPublisher(proxy.url, number, topics));
    const running = publishers.map((publisher) => publisher.run());
    const counts = await trouble(dice, proxy, server, witnesses);
    isCalm = true;
    proxy.silence(false);
    proxy.cut(() => true);
    for (const publisher of publishers) publisher.stop();
    await Promise.all(running);

    const published = publishers.flatMap(({ accepted }) => accepted);
    const kept = new Map<string, readonly Kept[]>();
    for (const topic of topics) {
      const all = published.filter((one) => one.topic === topic).toSorted((a, b) => a.offset - b.offset);
      const history = await historyAt(server.url, topic);
      kept.set(topic, all);
      expect(history.map(({ data }) => data)).toEqual(all.slice(-history.length).map(({ data }) => data));
      if (topic.startsWith("model")) expect(history.length).toBe(all.length);
      const end = all.at(-1)?.offset ?? 0;
      for (const witness of witnesses) if (witness.topic === topic) await witness.reaches(end);
    }
    const sum = (one: (witness: Witness) => number) =>
      witnesses.reduce((total, witness) => total + one(witness), 0);
    const totals = {
      ...counts,
      ...proxy.counts,
      published: published.length,
      duplicates: publishers.reduce((total, { duplicates }) => total + duplicates, 0),
      heard: sum(({ log }) => log.length),
      recoveries: sum(({ recoveries }) => recoveries),
      recovered: sum(({ recovered }) => recovered),
      gaps: sum(({ gaps }) => gaps.length),
      reloads: sum(({ reloads }) => reloads),
    };
    report("model", totals);
    for (const witness of witnesses) {
      witness.close();
      expect(
        witness.faults(kept.get(witness.topic) ?? []),
        `seed ${dice.seed}, ${witness.topic}, ${witness.how}`,
      ).toEqual([]);
      if (witness.topic.startsWith("model")) expect(witness.gaps).toEqual([]);
    }
    // Enough has happened for this to mean something.
    const least = {
      kills: 1,
      terms: 1,
      silences: 1,
      reloads: 5,
      connections: 100,
      refused: 3,
      cuts: 30,
      halfCloses: 5,
      replays: 10,
      delays: 100,
      published: 1_000,
      duplicates: 3,
      heard: 3_000,
      recoveries: 60,
      recovered: 500,
      gaps: 1,
    };
    const tooFew = Object.entries(least).filter(([name, few]) => totals[name as keyof typeof least] < few);
    expect(tooFew).toEqual([]);
  });
});
