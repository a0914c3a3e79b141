import { describe, expect, it } from "vitest";
import { TestNode } from "../../test/harness.ts";
import type { CallHandler } from "./calls.ts";

describe("a call that ends while the application is asked about it", () => {
  it.each([
    ["cancelled", { type: "cancel", id: 1 }],
    ["out of time", undefined],
  ])("[R19] reaches nobody any more: %s", async (_, said) => {
    let pass = (): void => {};
    const onCall = () => new Promise<undefined>((resolve) => (pass = () => resolve(undefined)));
    const node = new TestNode({ hooks: { onCall } });
    const [ann] = await node.welcome("ann", "bob");
    await node.play(`
      bob > register {"id":1,"procedure":"p"}

      bob < registered {"id":1}
      ann > call {"id":1,"procedure":"p","timeout":1000}
    `);
    if (said !== undefined) ann?.say(said);
    node.clock.advance(1_000);
    await node.settle();
    pass();
    await node.settle();
    expect(ann?.take()).toMatchObject([{ type: "error", id: 1, code: said ? "canceled" : "timeout" }]);
    expect(node.client("bob").take()).toEqual([]);
  });
});

it("[R19] a part of an answer that comes after the call's end is ignored, though its number is that of another call by then", async () => {
  const node = new TestNode();
  const progresses: (((data: string) => void) | undefined)[] = [];
  const handler: CallHandler = ({ progress }) => {
    progresses.push(progress);
    return new Promise(() => {});
  };
  node.node.dealer.own((procedure) => (procedure === "slow" ? handler : undefined));
  const [ann] = await node.welcome("ann");
  const call = { type: "call", id: 1, procedure: "slow", progress: true };
  ann?.say(call);
  ann?.say({ type: "cancel", id: 1 });
  await node.settle();
  ann?.say(call);
  await node.settle();
  progresses[0]?.('"late"');
  progresses[1]?.('"in time"');
  await node.settle();
  expect(ann?.take()).toMatchObject([
    { type: "error", code: "canceled" },
    { type: "result", data: "in time" },
  ]);
});
