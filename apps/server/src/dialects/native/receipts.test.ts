import { describe, expect, it } from "vitest";
import { TestNode, type Client } from "../../../test/harness.ts";

/** The tokens of the events that came since the last look. */
const acksOf = (client: Client) => client.take().flatMap(({ ack }) => (typeof ack === "string" ? [ack] : []));

async function acknowledge(node: TestNode, client: Client, acks = acksOf(client)): Promise<void> {
  for (const ack of acks) client.say({ type: "ack", ack });
  await node.settle();
}

describe("receipts", () => {
  async function published(keys: object = {}) {
    const node = new TestNode();
    const [ann, bob, eve] = (await node.welcome("ann", "bob:1,2", "eve:1")) as [Client, Client, Client];
    ann.say({ type: "publish", id: 1, crmIds: ["1"], data: 1, receipt: 1_000, ...keys });
    await node.settle();
    return { node, ann, bob, eve, receipts: () => ann.take().filter(({ type }) => type === "receipt") };
  }

  it("[R20] comes when all who were sent it have acknowledged it", async () => {
    const { node, bob, eve, receipts } = await published();
    await acknowledge(node, bob);
    expect(receipts()).toEqual([]);
    await acknowledge(node, eve);
    expect(receipts()).toEqual([{ type: "receipt", id: 1, acked: 2, receivers: 2 }]);
    node.clock.advance(10_000);
    await node.settle();
    expect(receipts()).toEqual([]);
  });

  it("[R20] or when the time is up, with those who have", async () => {
    const { node, bob, receipts } = await published();
    await acknowledge(node, bob);
    node.clock.advance(1_000);
    await node.settle();
    expect(receipts()).toEqual([{ type: "receipt", id: 1, acked: 1, receivers: 2 }]);
  });

  it("[R20] at once where nobody was sent it", async () => {
    const { receipts } = await published({ crmIds: ["nobody"] });
    expect(receipts()).toEqual([{ type: "receipt", id: 1, acked: 0, receivers: 0 }]);
  });

  it("[R20] an event in several topics is acknowledged in each", async () => {
    const { node, bob, eve, receipts } = await published({ crmIds: ["1", "2"] });
    await acknowledge(node, bob);
    expect(receipts()).toEqual([]);
    await acknowledge(node, eve);
    expect(receipts()).toMatchObject([{ acked: 3, receivers: 3 }]);
  });

  it("[R20] to acknowledge twice, too late, or what was never sent, changes nothing and is no error", async () => {
    const { node, ann, bob, eve, receipts } = await published();
    const acks = acksOf(bob);
    await acknowledge(node, bob, [...acks, ...acks, "nothing", "nothing.0"]);
    expect(receipts()).toEqual([]);
    node.clock.advance(1_000);
    await node.settle();
    expect(receipts()).toMatchObject([{ acked: 1, receivers: 2 }]);
    await acknowledge(node, eve);
    expect([ann.take(), bob.take(), eve.take()]).toEqual([[], [], []]);
    expect(node.faults).toEqual([]);
  });

  it("[R20] events of a publish that asks for none carry no token", async () => {
    const { bob } = await published({ receipt: undefined });
    expect(bob.take()[0]).not.toHaveProperty("ack");
  });

  it("[R20] publishes that are refused do not use up those that may wait", async () => {
    const node = new TestNode();
    const [ann] = (await node.welcome("ann")) as [Client];
    ann.say({ type: "publish", topic: "a", data: 1, key: "k" });
    for (let i = 0; i < 10_000; i++) ann.say({ type: "publish", topic: "a", data: 2, key: "k", receipt: 10 });
    await node.settle();
    node.clock.advance(10);
    ann.take();
    ann.say({ type: "publish", id: 1, topic: "a", data: 3, receipt: 10 });
    await node.settle();
    expect(ann.take()).toMatchObject([{ type: "published" }, { type: "receipt", acked: 0, receivers: 0 }]);
  });
});

describe("presence", () => {
  it("[R21] whoever watches hears first who is there, then who comes, and after the grace who has left", async () => {
    const node = new TestNode();
    const [ann, bob, eve] = (await node.welcome("ann", "bob:1", "eve")) as [Client, Client, Client];
    const ids = (...clients: Client[]) => clients.map(({ session }) => ({ session: session.id }));
    const changes = () => ann.take().filter(({ type }) => type === "presence");
    ann.say({ type: "subscribe", id: 1, topic: "crm.1", presence: true });
    await node.settle();
    const [first] = changes();
    expect(first).toMatchObject({ topic: "crm.1", left: [] });
    expect(new Set(first?.["joined"] as object[])).toEqual(new Set(ids(ann, bob)));

    eve.say({ type: "subscribe", id: 1, topic: "crm.1" });
    await node.settle();
    expect(changes()).toEqual([{ type: "presence", topic: "crm.1", joined: ids(eve), left: [] }]);

    bob.cut();
    node.clock.advance(4_999);
    await node.settle();
    expect(changes()).toEqual([]);
    node.clock.advance(1);
    await node.settle();
    expect(changes()).toEqual([{ type: "presence", topic: "crm.1", joined: [], left: ids(bob) }]);
  });

  it("[R21] who resumes within the grace was never away", async () => {
    const node = new TestNode();
    const [ann] = (await node.welcome("ann")) as [Client];
    const bob = node.open("bob");
    bob.say({ type: "hello", crmIds: ["1"] });
    await node.settle();
    const resume = String(bob.take()[0]?.["resume"]);
    ann.say({ type: "subscribe", id: 1, topic: "crm.1", presence: true });
    await node.settle();
    ann.take();
    bob.cut();
    node.clock.advance(1_000);
    node.open("again").say({ type: "hello", resume, crmIds: ["1"] });
    await node.settle();
    node.clock.advance(60_000);
    await node.settle();
    expect(ann.take()).toEqual([]);
  });

  it("[R21] what changes in one turn is one frame; patterns are not present", async () => {
    const node = new TestNode();
    const [ann, bob, eve] = (await node.welcome("ann", "bob", "eve")) as [Client, Client, Client];
    ann.say({ type: "subscribe", id: 1, topic: "a", presence: true });
    await node.settle();
    ann.take();
    eve.say({ type: "subscribe", id: 1, topic: "a", match: "prefix" });
    await node.settle();
    expect(ann.take()).toEqual([]);
    for (const client of [bob, eve]) client.say({ type: "subscribe", id: 2, topic: "a" });
    await node.settle();
    expect(ann.take()).toMatchObject([{ type: "presence", joined: [{}, {}], left: [] }]);
  });

  it("[R21] who no longer watches hears no more of it", async () => {
    const node = new TestNode();
    const [ann, bob] = (await node.welcome("ann", "bob")) as [Client, Client];
    ann.say({ type: "subscribe", id: 1, topic: "a", presence: true });
    ann.say({ type: "ping", id: 2 });
    await node.settle();
    ann.say({ type: "unsubscribe", id: 3, topic: "a" });
    await node.settle();
    ann.take();
    bob.say({ type: "subscribe", id: 1, topic: "a" });
    await node.settle();
    expect(ann.take()).toEqual([]);
  });
});
