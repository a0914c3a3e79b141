import { describe, expect, it } from "vitest";
import { TestNode, type Client } from "../../test/harness.ts";
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
