import { describe, expect, it } from "vitest";
import { TestNode, type Client } from "../../../test/harness.ts";
import type { Dialect } from "../../core/dialect.ts";
import { native } from "./native.ts";

/** Says so many pings; how each was answered. */
async function pinged(node: TestNode, client: Client, count: number): Promise<(readonly unknown[])[]> {
  for (let id = 1; id <= count; id++) client.say({ type: "ping", id });
  await node.settle();
  return client.take().map(({ type, id, code }) => [type, id, ...(code === undefined ? [] : [code])]);
}

describe("[R36] a session that says too much", () => {
  it("is refused each frame over framesPerSecondMax, hears when it may go on, and may", async () => {
    const node = new TestNode({ limits: { framesPerSecondMax: 3 } });
    await node.welcome("ann", "bob");
    await node.play(`
      ann > ping {"id":1}
      ann > publish {"topic":"a","data":1}
      ann > subscribe {"id":2,"topic":"a"}
      ann > publish {"topic":"a","data":1}
      bob > ping {"id":1}
      ann < pong {"id":1}
      ann < error {"id":2,"code":"rate_limited","retryAfter":334,"message":"frames: 3 a second at most, of 268435456 bytes in all"}
      ann < error {"code":"rate_limited","retryAfter":334}
      bob < pong {"id":1}
    `);
    node.clock.advance(334);
    await node.play(`
      ann > subscribe {"id":3,"topic":"a"}
      ann < subscribed {"id":3}
    `);
    expect(node.refused).toEqual(
      Array.from({ length: 2 }, () => ({
        door: "switchboard.1",
        address: "127.0.0.1",
        session: node.client("ann").session.id,
        code: "rate_limited",
        why: expect.any(String) as string,
      })),
    );
  });

  it("is ended with 4002 where it goes on in spite of as many refusals; nobody else", async () => {
    const node = new TestNode({ limits: { framesPerSecondMax: 20 } });
    const [ann, bob] = (await node.welcome("ann", "bob")) as [Client, Client];
    const answers = await pinged(node, ann, 100);
    expect(answers.filter(([type]) => type === "pong").length).toBe(19);
    expect(answers.filter(([type]) => type === "error").length).toBe(20);
    expect(answers.at(-1)).toEqual(["close", undefined, 4002]);
    expect(answers.length).toBe(40);
    expect(await pinged(node, bob, 1)).toEqual([["pong", 1]]);
  });

  it("is refused what comes after more than bytesPerSecondMax, though not the large one itself", async () => {
    const node = new TestNode({ limits: { bytesPerSecondMax: 10_000 } });
    await node.welcome("ann");
    node.client("ann").say({ type: "publish", id: 1, topic: "a", data: "x".repeat(30_000) });
    await node.play(`
      ann > ping {"id":2}
      ann < published {"id":1}
      ann < error {"id":2,"code":"rate_limited"}
    `);
    node.clock.advance(2_100);
    await node.play(`
      ann > ping {"id":3}
      ann < pong {"id":3}
    `);
  });

  it("is refused calls over callsPerSecondMax, and ended where it calls on", async () => {
    const node = new TestNode({ limits: { callsPerSecondMax: 1 } });
    const [ann] = (await node.welcome("ann")) as [Client];
    for (let id = 1; id <= 13; id++) ann.say({ type: "call", id, procedure: "nobody" });
    await node.settle();
    const codes = Object.groupBy(ann.take(), ({ code }) => String(code));
    expect(codes["rate_limited"]?.length).toBe(10);
    expect(codes["rate_limited"]?.[0]).toMatchObject({
      message: "calls: 1 a second at most",
      retryAfter: 1_000,
    });
    expect(codes["4002"]?.length).toBe(1);
  });

  it("is ended where it publishes on", async () => {
    const node = new TestNode({ limits: { publishesPerSecondMax: 50 } });
    const [ann] = (await node.welcome("ann")) as [Client];
    for (let i = 0; i < 102; i++) ann.say({ type: "publish", topic: "a", data: i });
    await node.settle();
    const heard = ann.take();
    expect(heard.filter(({ code }) => code === "rate_limited").length).toBe(50);
    expect(heard.at(-1)).toEqual({ type: "close", code: 4002 });
  });

  it("whose answer to a call comes too soon has failed it at once: nobody waits for what was not heard", async () => {
    const node = new TestNode({ limits: { framesPerSecondMax: 5 } });
    await node.welcome("ann", "bob");
    await node.play(`
      bob > register {"id":1,"procedure":"sum"}
      bob < registered {"id":1}

      ann > call {"id":1,"procedure":"sum","data":1}
      bob < invocation {"id":1}

      bob > ping {"id":2}
      bob > ping {"id":3}
      bob > ping {"id":4}
      bob > yield {"id":1,"data":2}
      bob < pong {"id":2}
      bob < pong {"id":3}
      bob < pong {"id":4}
      bob < error {"code":"rate_limited"}
      ann < error {"id":1,"code":"internal"}
    `);
  });

  it("in a dialect that has no words for it is not heard either, and ended", async () => {
    const heard: unknown[] = [];
    const mute: Dialect = {
      ...native,
      open: (session) => session.begin({ hear: (frame) => void heard.push(frame), drain() {} }),
    };
    const node = new TestNode({ limits: { framesPerSecondMax: 10 }, dialect: mute });
    const client = node.open("ann");
    for (let i = 0; i < 20; i++) client.say("frame");
    expect(heard.length).toBe(10);
    expect(client.socket.closed).toBeUndefined();
    client.say("frame");
    expect(client.socket.closed?.code).toBe(4002);
  });
});
