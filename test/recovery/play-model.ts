import { expect } from "vitest";
import { Dice } from "./dice.ts";
import type { Fate } from "./fate.ts";
import { ModelPublisher } from "./model-publisher.ts";
import { Proxy } from "./proxy.ts";
import { historyAt, type Kept } from "./rest.ts";
import type { ServerProcess } from "./server-process.ts";
import { report } from "./size.ts";
import { Witness } from "./witness.ts";

/** What the model is played on: a server or several, started with `modelSettings`. */
export interface Stage extends AsyncDisposable {
  /** A client's connection goes to any of them. */
  readonly servers: readonly ServerProcess[];
  /** Resolves when all servers take publishes. */
  whole(): Promise<void>;
}

interface Play {
  readonly name: string;
  readonly start: () => Promise<Stage>;
  /** It goes on for so long at least; on a slow machine longer, until enough has happened. */
  readonly runMs: number;
}

interface Cast {
  readonly dice: Dice;
  readonly proxy: Proxy;
  readonly stage: Stage;
  readonly witnesses: readonly Witness[];
  readonly publishers: readonly ModelPublisher[];
  readonly deeds: { kills: number; terms: number; silences: number };
}

const topics = ["model.a", "model.b", "short.c"];
const patienceMs = 60_000;
/** How far publishers run ahead of a witness: on a slow machine nobody else would ever be through with a recovery. */
const aheadMax = 300;

/** What the servers are to be started with. */
export const modelSettings = {
  SWITCHBOARD_HISTORY: "model.*=100000/24h,short.*=40/24h",
  SWITCHBOARD_HEARTBEAT_MS: "500",
  SWITCHBOARD_DRAIN_MS: "200",
  // So small that histories are read on for want of room, too.
  SWITCHBOARD_HELD_EVENTS_MAX: "20",
};

/** What must usually have happened for a play to mean something. */
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

/**
 * Clients and publishers on a bad network, before servers that are killed and started again. In the end every client's log is to be the
 * topic's, each event once and in order, or a gap was told.
 */
export async function playModel({ name, start, runMs }: Play): Promise<void> {
  const dice = new Dice();
  process.stdout.write(`  [recovery] ${name}: SWITCHBOARD_TEST_SEED=${dice.seed}\n`);
  await using stage = await start();
  let isCalm = true;
  await using proxy = await Proxy.before(
    () => anyOf(stage, dice).port,
    () => (isCalm ? {} : fateBy(dice)),
  );
  const witnesses = topics.flatMap((topic) =>
    (["handler", "loop", "handler"] as const).map((how) => new Witness(proxy.url, topic, how)),
  );
  await Promise.all(witnesses.map((witness) => witness.begun));
  isCalm = false;
  const publishers: ModelPublisher[] = [];
  const newest = (topic: string) => Math.max(0, ...publishers.map((one) => one.newest.get(topic) ?? 0));
  const isAhead = () => witnesses.some(({ topic, offset }) => newest(topic) - offset > aheadMax);
  for (const number of [0, 1, 2]) publishers.push(new ModelPublisher(proxy.url, number, topics, isAhead));
  const running = publishers.map((publisher) => publisher.run());
  const cast = {
    dice,
    proxy,
    stage,
    witnesses,
    publishers,
    deeds: { kills: 0, terms: 0, silences: 0 },
  };
  await trouble(cast, runMs);
  isCalm = true;
  proxy.silence(false);
  proxy.cut(() => true);
  for (const publisher of publishers) publisher.stop();
  await Promise.all(running);
  await stage.whole();

  const kept = await histories(cast);
  for (const witness of witnesses) await witness.reaches(kept.get(witness.topic)?.at(-1)?.offset ?? 0);
  report(name, totals(cast));
  for (const witness of witnesses) {
    witness.close();
    expect(
      witness.faults(kept.get(witness.topic) ?? []),
      `seed ${dice.seed}, ${witness.topic}, ${witness.how}`,
    ).toEqual([]);
    if (witness.topic.startsWith("model")) expect(witness.gaps).toEqual([]);
  }
  expect(tooFew(cast)).toEqual([]);
}

function anyOf({ servers }: Stage, dice: Dice): ServerProcess {
  return servers[dice.below(servers.length)] as ServerProcess;
}

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

/** Does things to network, servers and clients until the time is over, and enough has happened. */
async function trouble(cast: Cast, runMs: number): Promise<void> {
  const { dice, proxy, stage, witnesses, deeds } = cast;
  const end = Date.now() + runMs;
  const isOver = () => Date.now() > end && (tooFew(cast).length === 0 || Date.now() > end + patienceMs);
  const restart = async (signal: "SIGKILL" | "SIGTERM") => {
    const server = anyOf(stage, dice);
    await server.end(signal);
    await server.start();
  };
  // Each of these at least once.
  const first = ["kill", "term", "silence", "reload"] as const;
  for (let i = 0; !isOver(); i++) {
    const deed =
      first[i] ?? dice.pick({ cutAll: 3, cutSome: 8, kill: 2, term: 1, silence: 1, reload: 8, rest: 6 });
    if (deed === "cutAll") proxy.cut();
    else if (deed === "cutSome") proxy.cut(() => dice.below(3) === 0);
    else if (deed === "kill") await restart("SIGKILL").then(() => (deeds.kills += 1));
    else if (deed === "term") await restart("SIGTERM").then(() => (deeds.terms += 1));
    else if (deed === "reload") witnesses[dice.below(witnesses.length)]?.crash(dice.below(2) === 0);
    else if (deed === "silence") {
      deeds.silences += 1;
      proxy.silence(true);
      await Bun.sleep(dice.between(100, 1_500));
      proxy.silence(false);
    }
    await Bun.sleep(dice.between(20, 300));
  }
}

/** What was published in each topic, in order; every server's history is to be just that, as far as it goes back. */
async function histories({ publishers, stage }: Cast): Promise<ReadonlyMap<string, readonly Kept[]>> {
  const published = publishers.flatMap(({ accepted }) => accepted);
  const kept = new Map<string, readonly Kept[]>();
  for (const topic of topics) {
    const all = published.filter((one) => one.topic === topic).toSorted((a, b) => a.offset - b.offset);
    kept.set(topic, all);
    for (const { url } of stage.servers) {
      const history = await historyAt(url, topic);
      expect(history.map(({ data }) => data)).toEqual(all.slice(-history.length).map(({ data }) => data));
      if (topic.startsWith("model")) expect(history.length).toBe(all.length);
    }
  }
  return kept;
}

function totals({ deeds, proxy, publishers, witnesses }: Cast) {
  const sum = (one: (witness: Witness) => number) =>
    witnesses.reduce((total, witness) => total + one(witness), 0);
  return {
    ...proxy.counts,
    ...deeds,
    published: publishers.reduce((total, { accepted }) => total + accepted.length, 0),
    duplicates: publishers.reduce((total, { duplicates }) => total + duplicates, 0),
    heard: sum(({ log }) => log.length),
    recoveries: sum(({ recoveries }) => recoveries),
    recovered: sum(({ recovered }) => recovered),
    gaps: sum(({ gaps }) => gaps.length),
    reloads: sum(({ reloads }) => reloads),
  };
}

function tooFew(cast: Cast): string[] {
  const now = totals(cast);
  return Object.entries(least).flatMap(([name, few]) =>
    now[name as keyof typeof least] < few ? [name] : [],
  );
}
