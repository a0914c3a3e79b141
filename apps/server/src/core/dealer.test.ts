import { describe, expect, it } from "vitest";
import { TestNode } from "../../test/harness.ts";

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
