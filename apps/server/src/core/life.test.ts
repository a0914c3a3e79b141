import { describe, expect, it } from "vitest";
import { TestNode, type Client } from "../../test/harness.ts";
import { drain } from "./drain.ts";
import { startHeartbeat } from "./heartbeat.ts";

describe("the heartbeat", () => {
  const heartbeatMs = 10_000;

  async function beating(count: number) {
    const node = new TestNode();
    const clients = await node.welcome(...Array.from({ length: count }, (_, i) => `c${i}`));
    const stop = startHeartbeat(node.node.sessions, node.clock, heartbeatMs);
    return { node, clients, stop };
  }

  it.each([1, 3, 50])(
    "[R13] of %i silent peers each is pinged, then ended with 4004, within two heartbeats",
    async (count) => {
      const { node, clients } = await beating(count);
      node.clock.advance(heartbeatMs * 1.5);
      for (const { socket } of clients) expect(socket.pings).toBe(1);
      node.clock.advance(heartbeatMs);
      for (const { socket } of clients) expect(socket.closed?.code).toBe(4004);
      expect(node.node.sessions.size).toBe(0);
    },
  );

  it("[R13] a peer that answers, or says anything, lives", async () => {
    const { node, clients } = await beating(3);
    const [ponging, talking] = clients as [Client, Client];
    for (let second = 0; second < 100; second++) {
      node.clock.advance(1_000);
      if (ponging.socket.pings > 0) ponging.session.heard();
      if (second % 4 === 0) talking.say({ type: "ping", id: second + 1 });
      await node.settle();
    }
    expect(clients.map(({ socket }) => socket.closed?.code)).toEqual([undefined, undefined, 4004]);
    expect(talking.socket.pings).toBe(0);
  });

  it("[R13] a peer that is only sent to, and never says anything, is ended all the same", async () => {
    const { node, clients } = await beating(2);
    const [silent, talking] = clients as [Client, Client];
    silent.say({ type: "subscribe", id: 1, topic: "a" });
    for (let second = 0; second < 30; second++) {
      node.clock.advance(1_000);
      talking.say({ type: "publish", topic: "a", data: second });
      await node.settle();
    }
    expect([silent.socket.closed?.code, talking.socket.closed]).toEqual([4004, undefined]);
  });

  it("[R13] however short it is, whoever was pinged has the time to answer", async () => {
    const node = new TestNode();
    const clients = await node.welcome("ann", "bob", "eve");
    startHeartbeat(node.node.sessions, node.clock, 100);
    const [silent, ...answering] = clients as [Client, ...Client[]];
    const answered = new Map<Client, number>();
    for (let ms = 0; ms < 5_000; ms += 50) {
      node.clock.advance(50);
      for (const client of answering) {
        if (client.socket.pings === answered.get(client)) continue;
        answered.set(client, client.socket.pings);
        client.session.heard();
      }
    }
    expect(silent.socket.closed?.code).toBe(4004);
    expect(answering.map(({ socket }) => socket.closed)).toEqual([undefined, undefined]);
  });

  it("stops when it is told to", async () => {
    const { node, clients, stop } = await beating(2);
    stop();
    node.clock.advance(heartbeatMs * 10);
    for (const { socket } of clients) expect([socket.pings, socket.closed]).toEqual([0, undefined]);
  });
});

describe("draining", () => {
  /** Drains as many sessions; when each left, and when each is to come back, in ms from the beginning. */
  async function drained(count: number, windowMs: number) {
    const node = new TestNode();
    const clients = await node.welcome(...Array.from({ length: count }, (_, i) => `c${i}`));
    const start = node.clock.now();
    const left = new Map<Client, number>();
    const progress = { isDone: false };
    const done = drain([...node.node.sessions], node.clock, { windowMs, restartMs: 1_000 }).then(() => {
      progress.isDone = true;
    });
    for (let ms = 0; !progress.isDone; ms += 10) {
      expect(ms).toBeLessThan(60_000);
      await node.settle();
      for (const client of clients)
        if (client.socket.closed !== undefined && !left.has(client))
          left.set(client, node.clock.now() - start);
      if (!progress.isDone) node.clock.advance(10);
    }
    await done;
    return clients.map((client) => {
      const [draining, close] = client.take();
      expect(draining).toMatchObject({ type: "draining", retryAfter: expect.any(Number) as unknown });
      expect(close).toEqual({ type: "close", code: 1012 });
      const at = left.get(client) ?? Number.NaN;
      return { at, back: at + Number(draining?.["retryAfter"]) };
    });
  }

  it("[R18] every session is told when to come back, and ended with 1012; a few do not wait", async () => {
    const times = await drained(3, 5_000);
    expect(times.every(({ at }) => at === 0)).toBe(true);
    expect(times.every(({ back }) => back >= 1_000 && back < 2_000)).toBe(true);
  });

  it("[R18] many leave in waves over the window, and come back spread over another, when the next server is up", async () => {
    const times = await drained(400, 200);
    const most = (list: number[]) => Math.max(...list);
    expect(most(times.map(({ at }) => at))).toBeLessThanOrEqual(200);
    const perWave = Map.groupBy(times, ({ at }) => at);
    expect(perWave.size).toBe(4);
    for (const wave of perWave.values()) expect(wave.length).toBe(100);
    const backs = times.map(({ back }) => back).toSorted((one, other) => one - other);
    expect(backs[0]).toBeGreaterThanOrEqual(1_200);
    expect(backs.at(-1)).toBeLessThanOrEqual(1_450);
    for (let from = 1_200; from < 1_400; from += 20)
      expect(backs.filter((back) => back >= from && back < from + 20).length).toBeLessThan(80);
  });
});
