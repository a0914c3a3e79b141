import * as fc from "fast-check";
import { expect, it, vi } from "vitest";
import { ManualClock } from "../../../test/manual-clock.ts";
import { MemoryNetwork } from "../../../test/memory-network.ts";
import type { InvokePolicy } from "../../core/calls.ts";
import type { Member } from "../../core/member.ts";
import { Presence } from "../../core/presence.ts";
import { Turn } from "../../core/turn.ts";
import { ClusterCalls } from "./calls.ts";
import type { Cluster } from "./cluster.ts";

vi.setConfig({ testTimeout: 180_000 });

const topics = ["t", "u"];
const procedures: Readonly<Record<string, InvokePolicy>> = { p: "roundrobin", q: "single" };
const request = { data: "1", caller: undefined, progress: undefined };

interface Step {
  readonly do: string;
  readonly node?: number;
  readonly on?: string;
  readonly ms?: number;
  readonly percent?: number;
}

const node = fc.nat(2);
const topic = fc.constantFrom(...topics);
const procedure = fc.constantFrom(...Object.keys(procedures));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom("serve", "unserve", "call"), node, on: procedure }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom("enter", "exit", "watch"), node, on: topic }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("lose"), percent: fc.constantFrom(0, 0, 5, 15, 30) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("break"), node, ms: fc.nat(2_000) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("pass"), ms: fc.nat(600) }) },
);

const totals = { lost: 0, answered: 0, refused: 0, watched: 0 };
const report = (error: unknown): never => {
  throw error;
};

/** One node: what its clients do, and what its watchers have been told. */
class Player {
  readonly cluster: Cluster;
  readonly calls: ClusterCalls;
  readonly presence: Presence;
  readonly serving = new Map<string, Promise<(() => void) | undefined>>();
  readonly rooms = new Map<string, Map<string, Member>>(topics.map((name) => [name, new Map()]));
  readonly seen: { readonly topic: string; readonly sessions: Set<string> }[] = [];
  #number = 0;

  constructor(cluster: Cluster, clock: ManualClock) {
    this.cluster = cluster;
    this.calls = new ClusterCalls(cluster, report);
    const turn = new Turn((end) => void setImmediate(end), report);
    const membersOf = (name: string) => this.rooms.get(name)?.values() ?? [];
    this.presence = new Presence({ clock, turn, graceMs: 1_000, peers: cluster, membersOf });
  }

  act(what: string, on: string): void {
    const room = this.rooms.get(on) ?? new Map<string, Member>();
    if (what === "serve" && !this.serving.has(on)) this.#serve(on);
    else if (what === "unserve") void this.#unserve(on);
    else if (what === "call")
      void this.call(on).then((end) => (totals[end === "ok" ? "answered" : "refused"] += 1));
    else if (what === "enter") this.#enter(on, room);
    else if (what === "exit")
      for (const member of [...room.values()].slice(0, 1)) this.#exit(on, room, member);
    else if (what === "watch") this.#watch(on);
  }

  /** `ok`, or the code of the refusal. */
  call(name: string): Promise<string> {
    const { signal } = new AbortController();
    return this.calls.call(name, request, signal).then(
      () => "ok",
      (error: unknown) => (error as { code: string }).code,
    );
  }

  #serve(name: string): void {
    const serving = this.calls.serve(name, procedures[name] ?? "single", () => Promise.resolve("1"));
    this.serving.set(
      name,
      serving.catch(() => void this.serving.delete(name)),
    );
  }

  async #unserve(name: string): Promise<void> {
    const stop = await this.serving.get(name);
    if (stop !== undefined && this.serving.delete(name)) stop();
  }

  #enter(name: string, room: Map<string, Member>): void {
    const id = `${this.cluster.self}-${(this.#number += 1)}`;
    const member = { id, subject: undefined } as Member;
    room.set(id, member);
    this.presence.join(name, member);
  }

  #exit(name: string, room: Map<string, Member>, member: Member): void {
    room.delete(member.id);
    this.presence.leave(name, member);
  }

  #watch(name: string): void {
    totals.watched += 1;
    const sessions = new Set<string>();
    this.seen.push({ topic: name, sessions });
    this.presence.watch(name, {} as Member, ({ joined, left }) => {
      for (const { session } of joined) sessions.add(session);
      for (const { session } of left) sessions.delete(session);
    });
  }
}

it("[R37] whatever is lost between them, the nodes agree once it ends on who is where, and who answers", async () => {
  const losses = fc.array(fc.nat(99), { minLength: 50, maxLength: 100, size: "max" });
  const steps = fc.array(step, { minLength: 30, maxLength: 80, size: "max" });
  const property = fc.asyncProperty(steps, losses, async (play, dice) => {
    const network = new MemoryNetwork();
    const clock = new ManualClock();
    const players = (await network.nodes(3, clock)).map((cluster) => new Player(cluster, clock));
    const pass = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 100) {
        clock.advance(100);
        for (let i = 0; i < 4; i++) await new Promise((resolve) => void setImmediate(resolve));
      }
    };
    let percent = 0;
    let thrown = 0;
    network.loses = () => {
      const isLost = (dice[(thrown += 1) % dice.length] ?? 0) < percent;
      totals.lost += isLost ? 1 : 0;
      return isLost;
    };
    for (const one of play) {
      const player = players[one.node ?? 0] as Player;
      if (one.do === "lose") percent = one.percent ?? 0;
      else if (one.do === "pass") await pass(one.ms ?? 0);
      else if (one.do === "break") {
        network.carry(player.cluster.self, false);
        await pass(one.ms ?? 0);
        network.carry(player.cluster.self, true);
      } else player.act(one.do, one.on ?? "");
    }
    percent = 0;
    await pass(12_000);
    for (const player of players) {
      expect(player.cluster.others.size).toBe(2);
      for (const name of Object.keys(procedures)) {
        const isServed = players.some(({ serving }) => serving.has(name));
        expect(await player.call(name)).toBe(isServed ? "ok" : "no_such_procedure");
      }
      const all = (name: string) => players.flatMap(({ rooms }) => [...(rooms.get(name)?.keys() ?? [])]);
      for (const { topic: name, sessions } of player.seen)
        expect([...sessions].toSorted()).toEqual(all(name).toSorted());
    }
  });
  await fc.assert(property, { numRuns: 100, interruptAfterTimeLimit: 90_000 });
  for (const total of Object.values(totals)) expect(total).toBeGreaterThan(50);
});
