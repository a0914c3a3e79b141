import { beforeEach, describe, expect, it } from "vitest";
import type { TestNode } from "../../../../test/harness.ts";
import { ManualClock } from "../../../../test/manual-clock.ts";
import { MemoryNetwork } from "../../../../test/memory-network.ts";
import { join, joined } from "../../../../test/wamp2.ts";
import { numberOf } from "../ids.ts";
import { serveWampMeta } from "./meta.ts";

let request = 100;
let a: TestNode;
let b: TestNode;
let network: MemoryNetwork;

beforeEach(async () => {
  network = new MemoryNetwork();
  const peers = await network.nodes(2, new ManualClock());
  [a, b] = (await Promise.all(
    peers.map(async (one) => {
      const node = await joined([]);
      serveWampMeta(node.node, node.engine, one);
      return node;
    }),
  )) as [TestNode, TestNode];
  await join(a, "ann");
  await join(b, "bob", "eve");
});

/** What ann's call on the first node is answered with: its arguments, or its error's URI. */
async function call(procedure: string, ...args: readonly unknown[]): Promise<unknown> {
  a.client("ann").say(JSON.stringify([48, (request += 1), {}, procedure, args]));
  let answer: unknown[] | undefined;
  for (let i = 0; i < 10 && answer === undefined; i++) {
    await b.settle();
    await a.settle();
    answer = a.client("ann").take().at(-1) as unknown as unknown[] | undefined;
  }
  return answer?.[0] === 8 ? answer[4] : (answer?.[3] ?? []);
}

const idOf = (node: TestNode, name: string) => Number(node.client(name).session.id);

describe("WAMP's meta API over two nodes", () => {
  it("[R37] counts, lists, describes and kills the sessions of both", async () => {
    const ids = [idOf(a, "ann"), idOf(b, "bob"), idOf(b, "eve")];
    expect(await call("wamp.session.count")).toEqual([3]);
    expect(await call("wamp.session.list")).toEqual([ids]);
    expect(await call("wamp.session.get", ids[1])).toMatchObject([{ session: ids[1] }]);
    expect(await call("wamp.session.get", 1)).toBe("wamp.error.no_such_session");
    expect(await call("wamp.session.get", {})).toBe("wamp.error.invalid_argument");
    expect(await call("wamp.session.kill", ids[1])).toEqual([]);
    expect(b.client("bob").session.ended).toBe(true);
    expect(await call("wamp.session.kill_all")).toEqual([1]);
    expect(b.client("eve").session.ended).toBe(true);
    expect(await call("wamp.session.count")).toEqual([1]);
  });

  it("[R37] knows who answers a procedure on either", async () => {
    const [p, q] = [numberOf("p"), numberOf("q")];
    await b.play(`
      bob > [64,1,{"invoke":"roundrobin"},"p"]
      bob < [65,1,${p}]
      bob > [64,2,{},"q"]
      bob < [65,2,${q}]
    `);
    await a.play(`
      ann > [64,1,{"invoke":"roundrobin"},"p"]
      ann < [65,1,${p}]
    `);
    expect(await call("wamp.registration.list")).toEqual([{ exact: [p, q], prefix: [], wildcard: [] }]);
    expect(await call("wamp.registration.lookup", "q")).toEqual([q]);
    expect(await call("wamp.registration.lookup", "r")).toEqual([null]);
    expect(await call("wamp.registration.get", q)).toMatchObject([{ id: q, uri: "q", invoke: "single" }]);
    expect(await call("wamp.registration.list_callees", p)).toEqual([[idOf(a, "ann"), idOf(b, "bob")]]);
    expect(await call("wamp.registration.count_callees", q)).toEqual([1]);
    expect(await call("wamp.registration.get", 7)).toBe("wamp.error.no_such_registration");
  });

  it("[R37] asks nobody about subscriptions, which are each node's own", async () => {
    const texts = network.texts;
    expect(await call("wamp.subscription.list")).toEqual([{ exact: [], prefix: [], wildcard: [] }]);
    expect(network.texts).toBe(texts);
  });
});
