import { describe, expect, it, vi } from "vitest";
import { connected, connecting, recorder, until } from "../test/connected.ts";
import type { Peer } from "../test/fake-server.ts";
import { type Gap, type Position, type PositionStore, type Recovered, storagePositions } from "./index.ts";

function observer() {
  const { heard, event } = recorder();
  return {
    heard,
    event,
    gap: ({ since, now }: Gap) => heard.push(`gap ${since.epoch}${since.offset} ${now.epoch}${now.offset}`),
    recovered: ({ count, position }: Recovered) => heard.push(`recovered ${count} at ${position.offset}`),
  };
}

/** A peer that has welcomed a client which follows 42, and heard events up to 7. */
async function following(observed: ReturnType<typeof observer>) {
  const all = await connected();
  const subscription = all.client.follow("42", observed);
  await all.peer.play(`
    > subscribe {"topic":"crm.42"}
    < subscribed {"offset":5}
    < event {"offset":6}
    < event {"offset":7}
  `);
  await until(() => observed.heard.length === 2);
  return { ...all, subscription };
}

describe("after an outage", () => {
  it("hears what was missed, flagged, then how much it was, then what is new", async () => {
    const seen = observer();
    using all = await following(seen);
    all.peer.cut();
    await all.server.play(`
      > hello {"resume":"secret"}
      < welcome
      > subscribe {"topic":"crm.42","since":{"epoch":"a","offset":7}}
      < subscribed {"offset":10,"recovered":true}
      < event {"offset":8}
      < event {"offset":10}
      < event {"offset":12}
    `);
    await until(() => seen.heard.length === 6);
    expect(seen.heard).toEqual(["6", "7", "8*", "10*", "recovered 2 at 10", "12"]);
    expect(all.subscription.position).toEqual({ epoch: "a", offset: 12 });
  });

  it("is told so where nothing was missed", async () => {
    const seen = observer();
    using all = await following(seen);
    all.peer.cut();
    await all.server.play(`
      > hello {"resume":"secret"}
      < welcome
      > subscribe {"topic":"crm.42","since":{"epoch":"a","offset":7}}
      < subscribed {"offset":7,"recovered":true}
    `);
    await until(() => seen.heard.length === 3);
    expect(seen.heard[2]).toBe("recovered 0 at 7");
  });

  it("is told so where the last of what was missed is not for this session", async () => {
    const seen = observer();
    using all = await following(seen);
    all.peer.cut();
    await all.server.play(`
      > hello {"resume":"secret"}
      < welcome
      > subscribe {"topic":"crm.42","since":{"epoch":"a","offset":7}}
      < subscribed {"offset":9,"recovered":true}
      < event {"offset":8}
    `);
    await until(() => seen.heard.length === 4);
    expect(seen.heard.slice(2)).toEqual(["8*", "recovered 1 at 8"]);
  });

  it("hears nothing twice, though the server sends it twice", async () => {
    const seen = observer();
    using all = await following(seen);
    await all.peer.play(`
      < event {"offset":7}
      < event {"offset":6}
      < event {"offset":9}
      < event {"offset":9}
    `);
    await all.client.ping();
    expect(seen.heard).toEqual(["6", "7", "9"]);
  });

  it("tells of a gap, then of what is left, and goes on from where the topic stands", async () => {
    const seen = observer();
    using all = await following(seen);
    all.peer.cut();
    const peer = await all.server.play(`
      > hello {"resume":"secret"}
      < welcome
      > subscribe {"topic":"crm.42","since":{"epoch":"a","offset":7}}
      < subscribed {"offset":20,"recovered":false}
      < event {"offset":19}
    `);
    await until(() => seen.heard.length === 4);
    expect(seen.heard.slice(2)).toEqual(["gap a7 a20", "19*"]);
    peer.cut();
    await all.server.play(`
      > hello {"resume":"secret"}
      < welcome
      > subscribe {"topic":"crm.42","since":{"epoch":"a","offset":20}}
    `);
  });

  it.each([
    ["a new epoch", `{"epoch":"b","offset":30,"recovered":true}`, "gap a7 b30"],
    ["a topic that stands before what was heard", `{"offset":6,"recovered":true}`, "gap a7 a6"],
    ["a server that says nothing of recovery", `{"offset":7}`, "gap a7 a7"],
  ])("takes %s for a gap", async (_, subscribed, gap) => {
    const seen = observer();
    using all = await following(seen);
    all.peer.cut();
    await all.server.play(`
      > hello {"resume":"secret"}
      < welcome
      > subscribe {"topic":"crm.42","since":{"epoch":"a","offset":7}}
      < subscribed ${subscribed}
      < event {"offset":99}
    `);
    await until(() => seen.heard.length === 4);
    expect(seen.heard.slice(2)).toEqual([gap, "99"]);
  });

  it("goes on where the second outage fell into the recovery of the first", async () => {
    const seen = observer();
    using all = await following(seen);
    all.peer.cut();
    const second = await all.server.play(`
      > hello {"resume":"secret"}
      < welcome
      > subscribe {"topic":"crm.42","since":{"epoch":"a","offset":7}}
      < subscribed {"offset":10,"recovered":true}
      < event {"offset":8}
    `);
    second.answersPings = false;
    await until(() => seen.heard.includes("8*"));
    second.cut();
    await all.server.play(`
      > hello {"resume":"secret"}
      < welcome
      > subscribe {"topic":"crm.42","since":{"epoch":"a","offset":8}}
      < subscribed {"offset":10,"recovered":true}
      < event {"offset":9}
      < event {"offset":10}
    `);
    await until(() => seen.heard.some((line) => line.startsWith("recovered")));
    expect(seen.heard).toEqual(["6", "7", "8*", "9*", "10*", "recovered 2 at 10"]);
  });

  it("subscribes patterns anew, without a position, and they hear no history", async () => {
    using all = await connected();
    const pattern = recorder();
    const seen = recorder();
    const subscription = all.client.subscribe("crm.", pattern, { match: "prefix" });
    all.client.follow("42", seen);
    await all.peer.play(`
      > subscribe {"topic":"crm.","match":"prefix"}
      < subscribed {"topic":"crm.","epoch":"","offset":0}
      > subscribe {"topic":"crm.42"}
      < subscribed {"offset":5}
      < event {"offset":6}
      < event {"offset":6}
      < event {"topic":"crm.1","offset":1}
    `);
    await until(() => pattern.heard.length === 2);
    all.peer.cut();
    await all.server.play(`
      > hello {"resume":"secret"}
      < welcome
      > subscribe {"topic":"crm.42","since":{"epoch":"a","offset":6}}
      < subscribed {"offset":7,"recovered":true}
      > subscribe {"topic":"crm.","match":"prefix"}
      < subscribed {"topic":"crm.","epoch":"","offset":0}
      < event {"offset":7}
      < event {"offset":8}
    `);
    await until(() => seen.heard.length === 3);
    expect(seen.heard).toEqual(["6", "7*", "8"]);
    expect(pattern.heard).toEqual(["6", "1", "8"]);
    expect(subscription.position).toBeUndefined();
  });
});

describe("a server that cannot just now", () => {
  it("is asked at once over a new connection, whatever was under way over the old one", async () => {
    using all = await connected({ backoff: { baseMs: 60_000, maxMs: 60_000 } });
    all.client.follow("1");
    const left = all.client.follow("2");
    await all.peer.play(`
      > subscribe {"topic":"crm.1"}
      > subscribe {"topic":"crm.2"}
      < subscribed {"topic":"crm.2","offset":5}
    `);
    await left.ready;
    void left.unsubscribe();
    all.client.follow("2");
    await all.peer.play(`> unsubscribe {"topic":"crm.2"}`);
    all.client.reconnect();
    await all.server.play(`
      > hello {"resume":"secret"}
      < welcome
      > subscribe {"topic":"crm.1"}
      > subscribe {"topic":"crm.2"}
    `);
  });

  it("is asked again, after as long as it wants", async () => {
    using all = await connected();
    const subscription = all.client.follow("42");
    const from = Date.now();
    await all.peer.play(`
      > subscribe {"topic":"crm.42"}
      < error {"code":"unavailable","retryAfter":60}
    `);
    await all.peer.play(`
      > subscribe {"topic":"crm.42"}
      < subscribed {"offset":5}
    `);
    expect(Date.now() - from).toBeGreaterThanOrEqual(58);
    await expect(subscription.ready).resolves.toEqual({ epoch: "a", offset: 5 });
  });
});

describe("the position store", () => {
  function memory(): PositionStore & { readonly kept: Map<string, Position>; writes: number } {
    const kept = new Map<string, Position>();
    return {
      kept,
      writes: 0,
      get: (topic) => kept.get(topic),
      set(topic, position) {
        this.writes += 1;
        kept.set(topic, position);
      },
    };
  }

  async function hearTwo(peer: Peer) {
    await peer.play(`
      > subscribe {"topic":"crm.42"}
      < subscribed {"offset":5}
      < event {"offset":6}
      < event {"offset":7}
    `);
  }

  it("lets a client that starts anew go on where the last one closed", async () => {
    const positions = memory();
    {
      using all = await connected({ positions });
      const { heard, event } = recorder();
      all.client.follow("42", event);
      await hearTwo(all.peer);
      await until(() => heard.length === 2);
    }
    expect(positions.kept).toEqual(new Map([["crm.42", { epoch: "a", offset: 7 }]]));
    using all = connecting({ positions, crmIds: ["42"] });
    await all.server.play(`
      > hello
      < welcome
      > subscribe {"topic":"crm.42","since":{"epoch":"a","offset":7}}
    `);
  });

  it("is written a few times a second, not for each event", async () => {
    const positions = memory();
    using all = await connected({ positions });
    all.client.follow("42", () => undefined);
    await all.peer.play(`
      > subscribe {"topic":"crm.42"}
      < subscribed {"offset":0}
    `);
    const from = Date.now();
    for (let offset = 1; offset <= 500; offset++)
      all.peer.send({
        type: "event",
        topic: "crm.42",
        name: "m",
        offset,
        time: 1,
        publication: "p",
        data: 1,
      });
    await until(() => positions.kept.get("crm.42")?.offset === 500);
    expect(positions.writes).toBeLessThanOrEqual(2 + (Date.now() - from) / 250);
  });

  it("is written when the page is left", async () => {
    const positions = memory();
    using all = await connected({ positions });
    const { heard, event } = recorder();
    all.client.follow("42", event);
    await hearTwo(all.peer);
    await until(() => heard.length === 2);
    dispatchEvent(new Event("pagehide"));
    expect(positions.kept.get("crm.42")?.offset).toBe(7);
  });

  it("leaves nothing behind on the page, though a loop goes on after the client has closed", async () => {
    const listeners: unknown[] = [];
    const added = vi.spyOn(globalThis, "addEventListener");
    const removed = vi.spyOn(globalThis, "removeEventListener");
    added.mockImplementation((name, listener) => void (name === "pagehide" && listeners.push(listener)));
    removed.mockImplementation((_, listener) => void listeners.splice(listeners.indexOf(listener), 1));
    const positions = memory();
    using all = await connected({ positions });
    const loop = all.client.follow("42")[Symbol.asyncIterator]();
    await hearTwo(all.peer);
    await loop.next();
    await all.client.ping();
    expect(listeners).toHaveLength(1);
    all.client.close();
    await loop.next();
    await loop.next();
    await until(() => positions.kept.get("crm.42")?.offset === 7);
    expect(listeners).toEqual([]);
    vi.restoreAllMocks();
  });

  it("waits for the loop that has not yet handled what came", async () => {
    const positions = memory();
    using all = await connected({ positions });
    const subscription = all.client.follow("42");
    const loop = subscription[Symbol.asyncIterator]();
    await hearTwo(all.peer);
    await loop.next();
    await all.client.ping();
    expect(subscription.position?.offset).toBe(5);
    await loop.next();
    expect(subscription.position?.offset).toBe(6);
    await loop.return?.();
    expect(subscription.position?.offset).toBe(7);
  });

  it("survives a store that throws", async () => {
    const full = new Error("the quota is exceeded");
    const throwing = (): never => {
      throw full;
    };
    using all = await connected({ positions: { get: throwing, set: throwing } });
    const { heard, event } = recorder();
    all.client.follow("42", event);
    await hearTwo(all.peer);
    await until(() => heard.length === 2);
    all.client.close();
    expect(all.errors).toEqual([full, full]);
  });

  it("over a browser's storage takes what is no position for none", () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
    } as unknown as Storage;
    const positions = storagePositions(storage, "p:");
    positions.set("a", { epoch: "e", offset: 3 });
    expect(kept).toEqual(new Map([["p:a", `{"epoch":"e","offset":3}`]]));
    expect(positions.get("a")).toEqual({ epoch: "e", offset: 3 });
    for (const broken of ["{", "null", `{"epoch":"","offset":1}`, `{"epoch":"e","offset":-1}`]) {
      kept.set("p:a", broken);
      expect(positions.get("a")).toBeUndefined();
    }
    expect(positions.get("b")).toBeUndefined();
  });
});
