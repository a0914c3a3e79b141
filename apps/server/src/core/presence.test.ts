import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { MemoryNetwork } from "../../test/memory-network.ts";
import type { Cluster } from "../engines/cluster/cluster.ts";
import type { Member } from "./member.ts";
import { Presence } from "./presence.ts";
import { Turn } from "./turn.ts";

const report = (error: unknown) => {
  throw error;
};

/** The presence of one node, and who is in its rooms. */
class PresenceNode {
  readonly peers: Cluster;
  readonly presence: Presence;
  readonly #rooms = new Map<string, Map<string, Member>>();

  constructor(peers: Cluster, clock: ManualClock, graceMs = 5_000) {
    this.peers = peers;
    const turn = new Turn((end) => void setImmediate(end), report);
    const membersOf = (topic: string) => this.#rooms.get(topic)?.values() ?? [];
    this.presence = new Presence({ clock, turn, graceMs, peers, membersOf });
  }

  enter(topic: string, id: string): void {
    const room = this.#rooms.get(topic) ?? new Map<string, Member>();
    this.#rooms.set(topic, room.set(id, memberOf(id)));
    this.presence.join(topic, memberOf(id));
  }

  exit(topic: string, id: string): void {
    this.#rooms.get(topic)?.delete(id);
    this.presence.leave(topic, memberOf(id));
  }

  /** What the watcher is told, one line for each change. */
  watch(topic: string, id: string): string[] {
    const heard: string[] = [];
    this.presence.watch(topic, memberOf(id), ({ joined, left }) => {
      const names = [
        ...joined.map(({ session }) => `+${session}`),
        ...left.map(({ session }) => `-${session}`),
      ];
      heard.push(names.toSorted().join(" "));
    });
    return heard;
  }
}

const members = new Map<string, Member>();

function memberOf(id: string): Member {
  const known = members.get(id) ?? ({ id, subject: `${id}'s` } as unknown as Member);
  members.set(id, known);
  return known;
}

describe("who is on a topic, over several nodes", () => {
  let network: MemoryNetwork;
  let clock: ManualClock;
  let a: PresenceNode;
  let b: PresenceNode;
  let c: PresenceNode;

  beforeEach(async () => {
    network = new MemoryNetwork();
    clock = new ManualClock();
    const nodes = await network.nodes(3, clock);
    [a, b, c] = nodes.map((node) => new PresenceNode(node, clock)) as [
      PresenceNode,
      PresenceNode,
      PresenceNode,
    ];
  });

  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100);
      for (let i = 0; i < 3; i++) await new Promise(setImmediate);
    }
  };

  it("[R21] whoever watches hears first who is there on all nodes, then who comes and goes anywhere", async () => {
    b.enter("t", "bob");
    c.enter("t", "cat");
    b.enter("u", "eve");
    a.enter("t", "ann");
    const heard = a.watch("t", "ann");
    await pass(100);
    expect(heard).toEqual(["+ann +bob +cat"]);
    c.enter("t", "dan");
    await pass(100);
    b.exit("t", "bob");
    await pass(4_900);
    expect(heard).toEqual(["+ann +bob +cat", "+dan"]);
    await pass(200);
    expect(heard).toEqual(["+ann +bob +cat", "+dan", "-bob"]);
    expect(await c.presence.list("t")).toEqual({
      sessions: ["cat", "dan", "ann"].map((session) => ({ session, subject: `${session}'s` })),
      subjects: ["cat's", "dan's", "ann's"],
    });
  });

  it("[R21] who comes back on another node within the grace was never away, whichever is heard first", async () => {
    a.enter("t", "ann");
    b.enter("t", "bob");
    const heard = a.watch("t", "ann");
    await pass(100);
    b.exit("t", "bob");
    await pass(1_000);
    c.enter("t", "bob");
    await pass(6_000);
    a.enter("t", "bob");
    await pass(100);
    c.exit("t", "bob");
    await pass(6_000);
    expect(heard).toEqual(["+ann +bob"]);
  });

  it("[R21] a dead node's sessions leave, but those that come back elsewhere", async () => {
    a.enter("t", "ann");
    for (const id of ["bob", "eve"]) b.enter("t", id);
    const heard = a.watch("t", "ann");
    await pass(100);
    network.kill(b.peers.self);
    await pass(2_000);
    c.enter("t", "eve");
    await pass(6_000);
    expect(heard).toEqual(["+ann +bob +eve", "-bob"]);
    expect((await a.presence.list("t")).sessions).toHaveLength(2);
  });

  it("[R21] what was missed while two nodes could not hear each other is made up for; nobody was away who was there", async () => {
    a.enter("t", "ann");
    for (const id of ["bob", "eve"]) b.enter("t", id);
    const heard = a.watch("t", "ann");
    await pass(100);
    network.loses = (from, to) => from === b.peers.self && to === a.peers.self;
    b.exit("t", "bob");
    b.enter("t", "dan");
    await pass(1_000);
    expect(heard).toEqual(["+ann +bob +eve"]);
    network.loses = () => false;
    await pass(7_000);
    expect(heard).toEqual(["+ann +bob +eve", "+dan", "-bob"]);
  });

  it("[R21] without a grace, what is undone in the same turn is not told: who is there would be a question of order", async () => {
    const [alone] = await network.nodes(1, clock);
    const node = new PresenceNode(alone as Cluster, clock, 0);
    for (const id of ["ann", "bob"]) node.enter("t", id);
    const heard = node.watch("t", "ann");
    await pass(100);
    node.exit("t", "bob");
    node.enter("t", "bob");
    node.enter("t", "eve");
    node.exit("t", "eve");
    await pass(100);
    expect(heard).toEqual(["+ann +bob"]);
    node.exit("t", "bob");
    node.enter("t", "dan");
    await pass(100);
    expect(heard).toEqual(["+ann +bob", "+dan -bob"]);
  });

  it("[R21] nothing is sent for topics that nobody watches", async () => {
    await pass(100);
    const texts = network.texts;
    for (let i = 0; i < 100; i++) b.enter(`t${i}`, "bob");
    const heard = a.watch("t0", "ann");
    await pass(100);
    a.exit("t0", "ann");
    await pass(100);
    b.exit("t0", "bob");
    await pass(100);
    expect(heard).toEqual(["+bob"]);
    // One question, two answers, one "no longer"; and a heartbeat of each.
    expect(network.texts - texts).toBeLessThanOrEqual(4 + 3);
  });

  it("[R21] a node that does not answer is told of", async () => {
    a.enter("t", "ann");
    network.loses = (from) => from === b.peers.self;
    const listing = a.presence.list("t");
    await pass(2_100);
    expect(await listing).toMatchObject({ sessions: [{ session: "ann" }], partial: true });
  });
});
