import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../../test/manual-clock.ts";
import { MemoryNetwork } from "../../../test/memory-network.ts";
import { PusherNode } from "../../../test/pusher-node.ts";
import type { Cluster } from "../../engines/cluster/cluster.ts";

const embedded = (value: unknown) => JSON.stringify(JSON.stringify(value));
const added = (userId: string) =>
  `{"event":"pusher_internal:member_added","channel":"presence-x","data":${embedded({ user_id: userId })}}`;
const removed = (userId: string) =>
  `{"event":"pusher_internal:member_removed","channel":"presence-x","data":${embedded({ user_id: userId })}}`;
const there = (...ids: string[]) => {
  const hash = Object.fromEntries(ids.map((id) => [id, null]));
  const data = embedded({ presence: { count: ids.length, ids, hash } });
  return `{"event":"pusher_internal:subscription_succeeded","channel":"presence-x","data":${data}}`;
};

let network: MemoryNetwork;
let clock: ManualClock;
let peers: Cluster[];

beforeEach(async () => {
  network = new MemoryNetwork();
  clock = new ManualClock();
  peers = await network.nodes(3, clock);
});

const pass = async (ms: number) => {
  for (let passed = 0; passed < ms; passed += 100) {
    clock.advance(100);
    for (let i = 0; i < 3; i++) await new Promise(setImmediate);
  }
};

const startNodes = (webhookUrls: readonly string[] = []) =>
  peers.map((one) => new PusherNode({ peers: one, clock, webhookUrls })) as [
    PusherNode,
    PusherNode,
    PusherNode,
  ];

describe("[R39] a presence channel over several nodes", () => {
  it("lists the users of all, and tells once of the first and the last connection of one on whatever node", async () => {
    const [a, b, c] = startNodes();
    await a.connect("ann", "ann2");
    await b.connect("bob", "ann3");
    await c.connect("eve");
    await a.join("ann", "presence-x", "1");
    await a.node.play(`ann < ${there("1")}`);
    await b.join("bob", "presence-x", "2");
    await b.node.play(`bob < ${there("2", "1")}`);
    await a.node.play(`ann < ${added("2")}`);
    await c.join("eve", "presence-x", "3");
    await c.node.play(`eve < ${there("3", "1", "2")}`);
    await a.node.play(`ann < ${added("3")}`);
    await b.node.play(`bob < ${added("3")}`);
    await a.join("ann2", "presence-x", "1");
    await b.join("ann3", "presence-x", "1");
    await a.node.play(`
      ann2 < ${there("1", "2", "3")}
      ann > cut
      ann2 > {"event":"pusher:unsubscribe","data":{"channel":"presence-x"}}
    `);
    await b.node.play(`
      ann3 < ${there("2", "1", "3")}
      ann3 > cut
      bob < ${removed("1")}
    `);
    await c.node.play(`eve < ${removed("1")}`);
    await pass(10_000);
    for (const { node } of [a, b, c]) await node.play("");
  });

  it("forgets the users of a dead node after the grace, but not who came back elsewhere", async () => {
    const [a, b] = startNodes();
    await a.connect("ann", "bob2");
    await b.connect("bob", "eve");
    await a.join("ann", "presence-x", "1");
    await b.join("bob", "presence-x", "2");
    await b.join("eve", "presence-x", "3");
    await a.node.play(`
      ann < ${there("1")}
      ann < ${added("2")}
      ann < ${added("3")}
    `);
    network.kill(peers[1]?.self ?? "");
    await pass(3_000);
    await a.join("bob2", "presence-x", "2");
    await a.node.play(`bob2 < ${there("1", "2", "3")}`);
    await pass(6_000);
    await a.node.play(`
      ann < ${removed("3")}
      bob2 < ${removed("3")}
    `);
  });

  it("does not tell of who moves over from a node that restarts", async () => {
    const [a, b] = startNodes();
    await a.connect("ann", "bob2");
    await b.connect("bob", "eve");
    await a.join("ann", "presence-x", "1");
    await b.join("bob", "presence-x", "2");
    await b.join("eve", "presence-x", "3");
    await a.node.play(`
      ann < ${there("1")}
      ann < ${added("2")}
      ann < ${added("3")}
    `);
    for (const name of ["bob", "eve"]) {
      b.node.client(name).session.drain(1_000);
      b.node.client(name).session.close(1012, "the server is restarting");
    }
    await pass(1_000);
    peers[1]?.[Symbol.dispose]();
    await pass(1_000);
    await a.join("bob2", "presence-x", "2");
    await a.node.play(`bob2 < ${there("1", "2", "3")}`);
    await pass(6_000);
    await a.node.play(`
      ann < ${removed("3")}
      bob2 < ${removed("3")}
    `);
  });

  it("lets nobody in who is gone before it is known who is there", async () => {
    const [a, b] = startNodes();
    await a.connect("ann");
    await b.connect("bob");
    await b.join("bob", "presence-x", "2");
    b.node.client("bob").take();
    network.loses = (from) => from === peers[1]?.self;
    await a.join("ann", "presence-x", "1");
    await a.node.play("ann > cut");
    network.loses = () => false;
    await pass(3_000);
    expect(a.node.client("ann").take()).toEqual([]);
    await b.node.play(`
      bob < ${added("1")}
      bob < ${removed("1")}
    `);
    expect(await b.place.channels.names()).toEqual(["presence-x"]);
  });

  it("a channel that is known only here costs the others nothing", async () => {
    const [a] = startNodes();
    await a.connect("ann");
    await pass(100);
    const texts = network.texts;
    for (let i = 0; i < 50; i++) await a.subscribe("ann", `private-${i}`);
    expect(network.texts - texts).toBe(0);
  });
});

describe("[R39] what back ends ask, over several nodes", () => {
  it("channels, users and connections are those of all", async () => {
    const [a, b, c] = startNodes();
    await a.connect("ann");
    await b.connect("ann2", "bob");
    await a.subscribe("ann", "private-a");
    await b.subscribe("bob", "private-a");
    await b.subscribe("bob", "private-b");
    await a.join("ann", "presence-x", "1");
    await b.join("ann2", "presence-x", "1");
    await b.join("bob", "presence-x", "2");
    const { channels, clients } = c.place;
    expect((await channels.names()).toSorted()).toEqual(["presence-x", "private-a", "private-b"]);
    expect(await channels.users(["presence-x", "presence-y"])).toEqual(
      new Map([
        ["presence-x", ["1", "2"]],
        ["presence-y", []],
      ]),
    );
    expect(await clients.count()).toBe(3);
  });

  it("a user is thrown out wherever they are", async () => {
    const [a, b, c] = startNodes();
    await a.connect("ann");
    await b.connect("ann2", "bob");
    await a.signIn("ann", "1");
    await b.signIn("ann2", "1");
    await b.signIn("bob", "2");
    await c.place.clients.terminate("1");
    await a.node.play("ann < close 4009");
    await b.node.play("ann2 < close 4009");
    expect(b.node.client("bob").session.ended).toBe(false);
    expect(await c.place.clients.count()).toBe(1);
  });
});

describe("[R39] webhooks of several nodes", () => {
  const servers: { stop(): unknown }[] = [];
  afterEach(() => {
    for (const one of servers.splice(0)) void one.stop();
  });

  /** A back end, what it was told, and whether it answers well. */
  function startBackEnd() {
    const told: string[] = [];
    const refused = new Set<string>();
    const answers = { ok: true };
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        const { events } = (await request.json()) as { events: Record<string, string>[] };
        if (!answers.ok) {
          for (const { channel = "" } of events) refused.add(channel);
          return new Response(null, { status: 500 });
        }
        for (const { name, channel, user_id: userId } of events)
          if (channel !== undefined) told.push([name, channel, userId].filter(Boolean).join(" "));
        return new Response();
      },
    });
    servers.push(server);
    const url = server.url.href;
    /** Waits, while the clock goes on, until it holds. */
    const until = (look: () => unknown, wanted: unknown) =>
      expect
        .poll(
          async () => {
            await pass(100);
            return look();
          },
          { timeout: 30_000, interval: 5 },
        )
        .toEqual(wanted);
    return { told, refused, answers, url, until };
  }

  it("tell each thing once, when the first comes on any node and the last has gone on all", async () => {
    const { told, url, until } = startBackEnd();
    const nodes = startNodes([url]);
    await pass(100);
    const [a, b] = nodes;
    await a.connect("ann");
    await b.connect("ann2", "ann3");
    await a.join("ann", "presence-x", "1");
    await b.join("ann2", "presence-x", "1");
    await until(() => told, ["channel_occupied presence-x", "member_added presence-x 1"]);
    told.length = 0;
    a.node.client("ann").cut();
    await pass(4_000);
    expect(told).toEqual([]);
    b.node.client("ann2").cut();
    await pass(2_800);
    await b.join("ann3", "presence-x", "1");
    await pass(5_000);
    expect(told).toEqual([]);
    b.node.client("ann3").cut();
    await until(() => told, ["member_removed presence-x 1", "channel_vacated presence-x"]);
    await pass(10_000);
    expect(told).toHaveLength(2);
    for (const { places } of nodes) places.stop();
  });

  it("go on where the node that tells dies: with what it had not told, and nothing else", async () => {
    const { told, refused, answers, url, until } = startBackEnd();
    const nodes = [];
    for (const one of peers) {
      nodes.push(new PusherNode({ peers: one, clock, webhookUrls: [url] }));
      // The others do not answer yet: for so long it is not known what they have.
      await pass(2_100);
    }
    const [eldest, b, c] = nodes as [PusherNode, PusherNode, PusherNode];
    await eldest.connect("ann");
    await b.connect("bob", "bob2");
    await b.subscribe("bob", "private-1");
    let isKnown = false;
    network.loses = (_from, _to, text) => {
      isKnown ||= text.includes(".told ") && text.includes("private-1");
      return false;
    };
    await until(() => isKnown, true);
    answers.ok = false;
    await eldest.subscribe("ann", "private-2");
    await b.subscribe("bob2", "private-3");
    await until(() => refused.has("private-2") && refused.has("private-3"), true);
    network.kill(peers[0]?.self ?? "");
    eldest.places.stop();
    answers.ok = true;
    told.length = 0;
    await until(
      () => told,
      [
        "channel_occupied private-2",
        "channel_occupied private-3",
        // The node that died had somebody there.
        "channel_vacated private-2",
      ],
    );
    await pass(10_000);
    expect(told).toHaveLength(3);
    for (const { places } of [b, c]) places.stop();
  });

  it("a node that comes later does not tell what was there before", async () => {
    const { told, url, until } = startBackEnd();
    const [first, second] = peers as [Cluster, Cluster];
    const a = new PusherNode({ peers: first, clock, webhookUrls: [url] });
    await pass(100);
    await a.connect("ann");
    await a.subscribe("ann", "private-1");
    await until(() => told.length, 1);
    const b = new PusherNode({ peers: second, clock, webhookUrls: [url] });
    await pass(100);
    network.kill(first.self);
    a.places.stop();
    await until(() => told, ["channel_occupied private-1", "channel_vacated private-1"]);
    b.places.stop();
  });
});
