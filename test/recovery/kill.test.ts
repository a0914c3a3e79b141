import type { Position } from "@switchboard/sdk";
import { describe, expect, it } from "vitest";
import { Dice } from "./dice.ts";
import { disorder, Follower } from "./follower.ts";
import { historyAt, topicAt, type Kept } from "./rest.ts";
import { ServerProcess } from "./server-process.ts";
import { isFull, report } from "./size.ts";

const topic = "killed.x";
const kills = 10;
const perKill = isFull ? 20_000 : 4_000;
/** How many publishes may wait for their answers: so many may be stored, or not, when the server dies. */
const underWayMax = 500;

/** What was acknowledged: the offset of each number that was published. */
type Acknowledged = Map<number, number>;

/** Publishes numbers from `next` on until so many are acknowledged, or the server is gone. Resolves with the next number. */
function publishNumbers(
  server: ServerProcess,
  acked: Acknowledged,
  { next, count, onAck }: { next: number; count: number; onAck: (acked: number) => void },
): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/ws`, "switchboard.1");
    const first = next;
    let answered = 0;
    const send = () => {
      while (next - first - answered < underWayMax && next - first < count) {
        socket.send(JSON.stringify({ type: "publish", id: next + 1, topic, data: next }));
        next += 1;
      }
    };
    socket.addEventListener("open", () => socket.send('{"type":"hello"}'));
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(String(data)) as { type: string; id: number; results: [{ offset: number }] };
      if (frame.type === "published") {
        acked.set(frame.id - 1, frame.results[0].offset);
        onAck((answered += 1));
      }
      if (answered === count) socket.close();
      else send();
    });
    socket.addEventListener("close", () => resolve(next));
  });
}

/** What is wrong with the history, beside what was acknowledged. */
function faultsIn(history: readonly Kept[], acked: Acknowledged) {
  const byNumber = Map.groupBy(history, ({ data }) => data as number);
  return {
    lost: [...acked.keys()].filter((number) => !byNumber.has(number)).length,
    moved: [...acked].filter(([number, offset]) => byNumber.get(number)?.[0]?.offset !== offset).length,
    twice: [...byNumber.values()].filter((events) => events.length > 1).length,
    disordered:
      disorder(history.map(({ offset }) => offset)) + disorder(history.map(({ data }) => data as number)),
  };
}

describe("a server that is killed", () => {
  it(`[R10] has every acknowledged event, once, in order: ${kills} times kill -9 amid ${perKill} publishes`, async () => {
    const dice = new Dice();
    await using server = await ServerProcess.start({ SWITCHBOARD_HISTORY: "killed.*=300000/24h" });
    using always = new Follower(server.url, topic);
    const start = await always.subscription.ready;
    const acked: Acknowledged = new Map();
    const epochs = new Set<string>();
    const away: { readonly since: Position; readonly heard: number[] }[] = [];
    let next = 0;
    for (let kill = 0; kill < kills; kill++) {
      const { epoch, offset } = await topicAt(server.url, topic);
      const due = dice.between(perKill / 10, (perKill * 9) / 10);
      const before = acked.size;
      const onAck = (count: number) => void (count === due && server.child.kill("SIGKILL"));
      next = await publishNumbers(server, acked, { next, count: perKill, onAck });
      await server.child.exited;
      await server.start();
      epochs.add((await topicAt(server.url, topic)).epoch);
      next = await publishNumbers(server, acked, {
        next,
        count: perKill - (acked.size - before),
        onAck: () => undefined,
      });
      using back = new Follower(server.url, topic, { since: { epoch, offset } });
      const end = (await topicAt(server.url, topic)).offset;
      await Promise.all([back.reaches(end), always.reaches(end)]);
      expect(back.gaps).toEqual([]);
      away.push({ since: { epoch, offset }, heard: back.offsets });
    }
    const history = await historyAt(server.url, topic);
    await always.reaches(history.at(-1)?.offset ?? 0);
    const faults = faultsIn(history, acked);
    const outages = always.recovered.length;
    report("kill -9", {
      seed: dice.seed,
      kills,
      acked: acked.size,
      sent: next,
      stored: history.length,
      ...faults,
      outages,
    });
    expect(faults).toEqual({ lost: 0, moved: 0, twice: 0, disordered: 0 });
    expect(acked.size).toBe(kills * perKill);
    expect(history.length).toBeLessThanOrEqual(next);
    expect([...epochs]).toEqual([start.epoch]);
    expect([always.gaps, outages]).toEqual([[], kills]);
    expect(always.data).toEqual(history.map(({ data }) => data));
    const offsets = history.map(({ offset }) => offset);
    for (const [round, { since, heard }] of away.entries()) {
      const end = away[round + 1]?.since.offset ?? Infinity;
      expect(heard).toEqual(offsets.filter((offset) => offset > since.offset && offset <= end));
    }
  });
});
