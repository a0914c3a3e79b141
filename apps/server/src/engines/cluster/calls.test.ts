import { describe, expect, it } from "vitest";
import { ManualClock } from "../../../test/manual-clock.ts";
import { MemoryNetwork } from "../../../test/memory-network.ts";
import { callsContract } from "../../core/calls.contract.ts";
import type { CallRequest } from "../../core/calls.ts";
import { ClusterCalls } from "./calls.ts";
import type { Cluster } from "./cluster.ts";

const request: CallRequest = { data: undefined, caller: undefined, progress: undefined };
const nobodyCancels = new AbortController().signal;
const report = (error: unknown) => {
  throw error;
};

async function threeNodes() {
  const network = new MemoryNetwork();
  const clock = new ManualClock();
  const nodes = await network.nodes(3, clock);
  const calls = nodes.map((node) => new ClusterCalls(node, report));
  return { network, clock, nodes, calls } as unknown as {
    readonly network: MemoryNetwork;
    readonly clock: ManualClock;
    readonly nodes: readonly [Cluster, Cluster, Cluster];
    readonly calls: readonly [ClusterCalls, ClusterCalls, ClusterCalls];
  };
}

/** Time passes, and what is sent meanwhile arrives. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    clock.advance(100);
    await new Promise(setImmediate);
  }
}

/** A callee that never answers, and what became of the call. */
async function hanging(callee: ClusterCalls, caller: ClusterCalls) {
  const begun = Promise.withResolvers<AbortSignal>();
  await callee.serve("p", "single", (_, signal) => {
    begun.resolve(signal);
    return new Promise(() => {});
  });
  const outcome = caller.call("p", request, nobodyCancels).catch((error: unknown) => error);
  return { signal: await begun.promise, outcome };
}

callsContract("a cluster", async () => {
  const { calls } = await threeNodes();
  return { here: calls[0], there: calls[1], async [Symbol.asyncDispose]() {} };
});

describe("calls between nodes that fail", () => {
  it("[R19] end with unavailable when the callee's node dies, and its procedures are free", async () => {
    const { network, clock, nodes, calls } = await threeNodes();
    const { outcome } = await hanging(calls[0], calls[1]);
    network.kill(nodes[0].self);
    await pass(clock, 2_000);
    expect(await outcome).toMatchObject({ code: "unavailable" });
    expect(await calls[2].call("p", request, nobodyCancels).catch((error: unknown) => error)).toMatchObject({
      code: "no_such_procedure",
    });
    await calls[2].serve("p", "single", async () => "anew");
    expect(await calls[1].call("p", request, nobodyCancels)).toBe("anew");
  });

  it("[R19] interrupt the callee when the caller's node dies", async () => {
    const { network, clock, nodes, calls } = await threeNodes();
    const { signal } = await hanging(calls[0], calls[1]);
    network.kill(nodes[1].self);
    await pass(clock, 2_000);
    expect(signal.aborted).toBe(true);
  });

  it("[R19] end with unavailable where the call was lost on its way, within a heartbeat", async () => {
    const { network, clock, calls } = await threeNodes();
    await calls[0].serve("p", "single", async () => "1");
    network.loses = (_from, _to, text) => text.includes('["call",');
    const outcome = calls[1].call("p", request, nobodyCancels).catch((error: unknown) => error);
    await new Promise(setImmediate);
    network.loses = () => false;
    await pass(clock, 600);
    expect(await outcome).toMatchObject({ code: "unavailable" });
    expect(await calls[1].call("p", request, nobodyCancels)).toBe("1");
  });

  it("[R19] a node that comes later knows who answers what", async () => {
    const { network, clock, calls } = await threeNodes();
    await calls[0].serve("p", "single", async () => "1");
    const [late] = await network.nodes(1, clock);
    const lateCalls = new ClusterCalls(late as Cluster, report);
    expect(await lateCalls.call("p", request, nobodyCancels)).toBe("1");
    await expect(lateCalls.serve("p", "single", async () => "2")).rejects.toMatchObject({
      code: "procedure_taken",
    });
  });

  it("[R19] while a node cannot reach the others, what they may answer is unavailable, and nothing is registered", async () => {
    const { network, nodes, calls } = await threeNodes();
    await calls[0].serve("p", "single", async () => "1");
    network.carry(nodes[1].self, false);
    expect(await calls[1].call("p", request, nobodyCancels).catch((error: unknown) => error)).toMatchObject({
      code: "unavailable",
    });
    await expect(calls[1].serve("q", "single", async () => "2")).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});
