import { describe, expect, it } from "vitest";
import { MemorySocket } from "../../test/memory-socket.ts";
import { TestNode, type Client } from "../../test/harness.ts";
import type { Limits } from "./limits.ts";
import { Outbox } from "./outbox.ts";
import { Turn } from "./turn.ts";

function outboxOf(sendBufferBytesMax: number) {
  const socket = new MemorySocket();
  const ends: (() => void)[] = [];
  const turn = new Turn(
    (end) => ends.push(end),
    (error) => expect.fail(String(error)),
  );
  let tooSlow = 0;
  const outbox = new Outbox(socket, turn, { sendBufferBytesMax } as Limits, { fail: () => (tooSlow += 1) });
  const endTurn = () => ends.splice(0).forEach((end) => end());
  return { socket, outbox, endTurn, tooSlow: () => tooSlow };
}

/** Whether the promise has resolved by now. */
async function hasResolved(promise: Promise<void>): Promise<boolean> {
  let resolved = false;
  void promise.then(() => (resolved = true));
  await new Promise((resolve) => void setImmediate(resolve));
  return resolved;
}

describe("the outbox", () => {
  it("[R9] the frames of one turn leave in one write, in order", () => {
    const { socket, outbox, endTurn } = outboxOf(1_000);
    for (const frame of ["a", "b", "c"]) outbox.push(frame);
    expect(socket.frames).toEqual([]);
    endTurn();
    expect([socket.frames, socket.writes]).toEqual([["a", "b", "c"], 1]);
    outbox.push("d");
    endTurn();
    expect([socket.frames.length, socket.writes]).toEqual([4, 2]);
  });

  it("what was written ahead of the end of the turn is not written again", () => {
    const { socket, outbox, endTurn } = outboxOf(1_000);
    outbox.push("a");
    outbox.run();
    outbox.push("b");
    outbox.run();
    endTurn();
    expect(socket.frames).toEqual(["a", "b"]);
  });

  it("[R13] what may wait for the reader may wait, one byte more is too slow", () => {
    const { socket, outbox, endTurn, tooSlow } = outboxOf(100);
    socket.stuck = true;
    outbox.push("x".repeat(100));
    endTurn();
    expect(tooSlow()).toBe(0);
    outbox.push("x");
    endTurn();
    expect(tooSlow()).toBe(1);
  });

  it("[R13] a burst that the socket takes is not too slow, however large", () => {
    const { outbox, endTurn, tooSlow } = outboxOf(100);
    for (let i = 0; i < 100; i++) outbox.push("x".repeat(100));
    endTurn();
    expect(tooSlow()).toBe(0);
  });

  it("there is room when at most half of the buffer is taken", async () => {
    const { socket, outbox } = outboxOf(100);
    socket.stuck = true;
    outbox.push("x".repeat(80));
    const room = outbox.whenRoom(() => Promise.resolve());
    expect(await hasResolved(room)).toBe(false);
    socket.read(29);
    outbox.drained();
    expect(await hasResolved(room)).toBe(false);
    socket.read(1);
    outbox.drained();
    expect(await hasResolved(room)).toBe(true);
  });

  it("several may wait for room: each gets it, one after the other, and after what the one before has sent", async () => {
    const { socket, outbox } = outboxOf(100);
    socket.stuck = true;
    const send = () => Promise.resolve(outbox.push("x".repeat(80)));
    const sent = [
      outbox.whenRoom(send),
      outbox.whenRoom(() => Promise.reject(new Error("no"))),
      outbox.whenRoom(send),
    ];
    expect(await hasResolved(sent[0] as Promise<void>)).toBe(true);
    const failed = expect(sent[1]).rejects.toThrow("no");
    expect(await hasResolved(sent[2] as Promise<void>)).toBe(false);
    socket.read();
    outbox.drained();
    await failed;
    expect(await hasResolved(sent[2] as Promise<void>)).toBe(true);
  });
});

describe("a slow reader", () => {
  async function slow(limits: Partial<Limits> = { sendBufferBytesMax: 20_000 }) {
    const node = new TestNode({ limits, history: "crm.*=10000/1h" });
    const [ann, bob] = (await node.welcome("ann", "bob:42")) as [Client, Client];
    const publish = async (count: number, data = "x".repeat(1_000)) => {
      for (let i = 0; i < count; i++) ann.say({ type: "publish", crmIds: ["42"], data });
      await node.settle();
    };
    return { node, bob, publish };
  }

  it("[R13] is ended with 4001, and nothing was skipped before", async () => {
    const { node, bob, publish } = await slow();
    bob.socket.stuck = true;
    for (let i = 0; i < 30; i++) await publish(1);
    const heard = bob.take();
    expect(heard.pop()).toEqual({ type: "close", code: 4001 });
    expect(heard.length).toBeGreaterThan(15);
    expect(heard.map(({ offset }) => offset)).toEqual(heard.map((_, i) => i + 1));
    expect(node.node.broker.subscribers("crm.42")).toBe(0);
    expect(node.faults).toEqual([]);
  });

  it("[R13] does not hold up or end anyone else", async () => {
    const { node, bob, publish } = await slow();
    const [eve] = (await node.welcome("eve:42")) as [Client];
    bob.socket.stuck = true;
    for (let i = 0; i < 30; i++) await publish(1);
    expect(eve.take().map(({ offset }) => offset)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });

  it("[R13] what it missed is in the history when it comes back", async () => {
    const { node, bob, publish } = await slow();
    bob.socket.stuck = true;
    for (let i = 0; i < 30; i++) await publish(1);
    const [last] = bob.take().slice(-2);
    const { epoch } = await node.engine.position("crm.42");
    const again = node.open("again");
    again.say({ type: "hello" });
    again.say({
      type: "subscribe",
      id: 1,
      topic: "crm.42",
      since: { epoch, offset: Number(last?.["offset"]) },
    });
    await node.settle();
    const [, subscribed, ...events] = again.take();
    expect(subscribed).toMatchObject({ recovered: true });
    expect(events.map(({ offset }) => offset)).toEqual(
      Array.from({ length: 30 - Number(last?.["offset"]) }, (_, i) => Number(last?.["offset"]) + 1 + i),
    );
  });

  it("[R13] reads a long history at its own pace: what it has not read yet is not even sent", async () => {
    const { node, bob, publish } = await slow({ sendBufferBytesMax: 1_000_000 });
    await publish(3_000);
    bob.take();
    bob.socket.stuck = true;
    bob.say({ type: "subscribe", id: 1, topic: "crm.42", last: 3_000 });
    await node.settle();
    const first = bob.take().length;
    expect(first).toBeLessThan(1_000);
    expect(bob.socket.closed).toBeUndefined();
    for (let i = 0; i < 20; i++) {
      bob.socket.read();
      bob.session.drained();
      await node.settle();
    }
    expect(first + bob.take().length).toBe(3_001);
  });

  it("[R13] that reads several histories at once gets all of them", async () => {
    const { node, bob } = await slow({ sendBufferBytesMax: 600_000 });
    const ann = node.client("ann");
    const topics = ["crm.1", "crm.2", "crm.3"];
    for (const topic of topics)
      for (let i = 0; i < 200; i++) ann.say({ type: "publish", topic, data: "x".repeat(1_000) });
    await node.settle();
    bob.socket.stuck = true;
    for (const [i, topic] of topics.entries()) bob.say({ type: "subscribe", id: i + 1, topic, last: 200 });
    for (let i = 0; i < 50; i++) {
      await node.settle();
      bob.socket.read(100_000);
      bob.session.drained();
    }
    bob.socket.read();
    for (const topic of topics) ann.say({ type: "publish", topic, data: "news" });
    await node.settle();
    const heard = bob.take().filter(({ type }) => type === "event");
    for (const topic of topics) expect(heard.filter((event) => event["topic"] === topic).length).toBe(201);
  });

  it("[R13] that comes back to many long histories is not ended for their size", async () => {
    const { node, bob } = await slow({ sendBufferBytesMax: 600_000 });
    const topics = Array.from({ length: 20 }, (_, i) => `crm.${i}`);
    for (const topic of topics)
      for (let i = 0; i < 4; i++)
        node.client("ann").say({ type: "publish", topic, data: "x".repeat(100_000) });
    await node.settle();
    bob.socket.stuck = true;
    for (const [i, topic] of topics.entries()) bob.say({ type: "subscribe", id: i + 1, topic, last: 4 });
    let most = 0;
    for (let i = 0; i < 200; i++) {
      await node.settle();
      most = Math.max(most, bob.socket.getBufferedAmount());
      bob.socket.read(100_000);
      bob.session.drained();
    }
    expect(bob.socket.closed).toBeUndefined();
    expect(most).toBeLessThanOrEqual(600_000);
    expect(bob.take().filter(({ type }) => type === "event").length).toBe(80);
  });

  const kb = 1_000;
  it.each([
    { name: "in letters of three bytes", max: 1_048_576, sizes: Array(400).fill(2 * kb), letter: "漢" },
    {
      name: "small and large ones in turns",
      max: 1_048_576,
      sizes: [255, 500, 255, 500, 255].map((n) => n * kb),
    },
    { name: "larger than a small buffer", max: 64 * kb, sizes: Array(300).fill(kb) },
    { name: "with as much news that waited", max: 1_048_576, sizes: Array(900).fill(2 * kb), isNews: true },
  ])(
    "[R13] that reads on is not ended for a history: $name",
    async ({ max, sizes, letter = "x", isNews }) => {
      const { node, bob, publish } = await slow({ sendBufferBytesMax: max });
      for (const size of sizes) await publish(1, letter.repeat(size));
      bob.take();
      bob.socket.stuck = true;
      bob.say({ type: "subscribe", id: 1, topic: "crm.42", last: 10_000 });
      await node.settle();
      if (isNews) for (const size of sizes) await publish(1, letter.repeat(size));
      let most = 0;
      for (let i = 0; i < 100; i++) {
        most = Math.max(most, bob.socket.getBufferedAmount());
        bob.socket.read(max / 10);
        bob.session.drained();
        await node.settle();
      }
      expect(bob.socket.closed).toBeUndefined();
      expect(most).toBeLessThanOrEqual(max);
      const heard = bob.take().filter(({ type }) => type === "event");
      const wanted = Array.from({ length: sizes.length * (isNews ? 2 : 1) }, (_, i) => i + 1);
      expect(heard.map(({ offset }) => offset)).toEqual(wanted);
    },
  );
});
