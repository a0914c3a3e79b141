import { describe, expect, it } from "vitest";
import { TestNode, type Client } from "../../test/harness.ts";
import { Refusal } from "./errors.ts";
import type { Hooks } from "./hooks.ts";
import type { Session } from "./session.ts";

const first = new Error("the hook fails");
const second = new Error("and so does what it is told to");
const fail = (): never => {
  throw first;
};

describe("an onError that fails itself", () => {
  const failing: readonly [string, NonNullable<Hooks<Session>["onError"]>][] = [
    [
      "throws",
      () => {
        throw second;
      },
    ],
    ["rejects", () => Promise.reject(second)],
  ];

  it.each(failing)("[R22] is only reported: %s", async (_, onError) => {
    const node = new TestNode({ hooks: { onError, onClose: fail, onPublish: fail, onMessage: fail } });
    const ann = node.open("ann");
    ann.say({ type: "hello" });
    await node.settle();
    expect(ann.socket.closed?.code).toBe(1011);
    expect(node.faults).toEqual([first, second, first, second]);
  });

  it.each(failing)("[R22] and whoever asked is answered all the same: %s", async (_, onError) => {
    const node = new TestNode({ hooks: { onError, onPublish: fail } });
    const [ann] = (await node.welcome("ann")) as [Client];
    ann.say({ type: "publish", id: 1, topic: "a", data: 1 });
    await node.settle();
    expect(ann.take()).toMatchObject([{ type: "error", id: 1, code: "internal" }]);
    expect(node.faults).toEqual([first, second]);
  });
});

describe("an onPublish that writes into what it is shown", () => {
  it("[R22] keeps nobody from hearing: neither this event, nor the publisher's next", async () => {
    const listed: string[] = [];
    const node = new TestNode({
      hooks: {
        onPublish(_, { audience }) {
          listed.push(...(audience.exclude ?? []));
          (audience.exclude as string[] | undefined)?.push(node.client("bob").session.id);
        },
      },
    });
    const [ann, bob] = (await node.welcome("ann", "bob:42")) as [Client, Client];
    for (const data of [1, 2]) ann.say({ type: "publish", crmIds: ["42"], data });
    await node.settle();
    expect(bob.take()).toMatchObject([{ data: 1 }, { data: 2 }]);
    expect(listed).toEqual([ann.session.id, ann.session.id]);
  });
});

describe("an onPublish that takes its time", () => {
  it("[R22] does not change the order of what a session publishes, and holds up nobody else", async () => {
    const passes: (() => void)[] = [];
    const onPublish = (_: unknown, { data }: { readonly data: unknown }) =>
      String(data).startsWith("slow") ? new Promise<void>((resolve) => passes.push(resolve)) : undefined;
    const node = new TestNode({ hooks: { onPublish } });
    await node.welcome("ann", "bob", "eve:1");
    const publish = (name: string, data: string) =>
      node.client(name).say({ type: "publish", topic: "crm.1", data });
    for (const data of ["slow 1", "2", "slow 3", "4"]) publish("ann", data);
    publish("bob", "of another");
    await node.settle();
    const heard = () =>
      node
        .client("eve")
        .take()
        .map(({ data }) => data);
    expect(heard()).toEqual(["of another"]);
    // Both are asked about at once; what passes first waits for what was said before.
    expect(passes).toHaveLength(2);
    passes[1]?.();
    await node.settle();
    expect(heard()).toEqual([]);
    passes[0]?.();
    await node.settle();
    expect(heard()).toEqual(["slow 1", "2", "slow 3", "4"]);
  });

  it("[R22] nor does one that refuses", async () => {
    const onPublish = async (_: unknown, { data }: { readonly data: unknown }) => {
      await Promise.resolve();
      if (data === "no") throw new Refusal("forbidden", "not this");
    };
    const node = new TestNode({ hooks: { onPublish } });
    await node.welcome("ann", "eve:1");
    await node.play(`
      ann > publish {"id":1,"topic":"crm.1","data":"no"}
      ann > publish {"id":2,"topic":"crm.1","data":"yes"}
      ann < error {"id":1,"code":"forbidden"}
      ann < published {"id":2}
      eve < event {"data":"yes"}
    `);
  });
});

it("[R9] where nobody is asked about publishes, those that say more keep their order with plain ones", async () => {
  const node = new TestNode();
  await node.welcome("ann", "eve:1,2");
  const more = [{ crmIds: ["1", "2"] }, { topic: "crm.1", receipt: 10 }, { topic: "crm.1", count: true }];
  for (const [i, one] of more.entries()) {
    node.client("ann").say({ type: "publish", id: 1 + i, ...one, data: `${i} more` });
    node.client("ann").say({ type: "publish", topic: "crm.1", data: `${i} plain` });
  }
  await node.settle();
  const heard = node.client("eve").take();
  expect(heard.filter(({ topic }) => topic === "crm.1").map(({ data }) => data)).toEqual(
    more.flatMap((_, i) => [`${i} more`, `${i} plain`]),
  );
});
