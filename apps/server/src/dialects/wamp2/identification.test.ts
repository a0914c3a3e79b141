import { describe, expect, it } from "vitest";
import { TestNode } from "../../../test/harness.ts";
import { wamp2Json } from "../../../test/wamp2.ts";
import { everything, type Grant } from "../../core/policy.ts";
import { native } from "../native/native.ts";
import { alone } from "../../core/peers.ts";
import { serveWampMeta } from "./meta/meta.ts";

/** Who comes with the ticket of this name: its subject, and its role. */
const people: Record<string, Partial<Grant>> = {
  ann: { subject: "ann", role: "staff" },
  bob: { subject: "bob", role: "guest" },
  eve: { subject: "eve", role: undefined },
  key: { role: undefined },
  mole: { crmIds: [], patterns: { subscribe: ["other"], call: [">"] }, read: true },
};
const authenticator = {
  authenticate: async (token: string) => ({ ...everything, ...people[token] }),
};

/** A node where these have joined, and subscribe to `news`; each is called as its ticket. */
async function joined(...names: readonly string[]): Promise<TestNode> {
  const node = new TestNode({ dialect: wamp2Json, authenticator, history: "news=100/1h" });
  for (const name of names) {
    const client = node.open(name);
    client.say(
      '[1,"r",{"roles":{"publisher":{},"subscriber":{},"caller":{},"callee":{}},"authmethods":["ticket"]}]',
    );
    client.say(JSON.stringify([5, name, {}]));
    client.say('[32,1,{},"news"]');
    await node.settle();
    expect(client.take().slice(1)).toMatchObject([
      [2, {}, {}],
      [33, 1, 1],
    ]);
  }
  return node;
}

describe("publishers", () => {
  it("[R31] are told where they disclose themselves, and only there", async () => {
    const node = await joined("ann", "bob", "key");
    const { id } = node.client("ann").session;
    node.client("ann").say('[16,1,{"disclose_me":true},"news",[1]]');
    node.client("ann").say('[16,2,{"disclose_me":false},"news",[2]]');
    node.client("key").say('[16,3,{"disclose_me":true},"news",[3]]');
    await node.settle();
    const details = node.client("bob").take() as unknown as [number, number, number, object][];
    expect(details.map((event) => event[3])).toEqual([
      { publisher: Number(id), publisher_authid: "ann", publisher_authrole: "staff" },
      {},
      { publisher: Number(node.client("key").session.id) },
    ]);
  });
});

describe("subscriber lists", () => {
  // ann (staff), bob (guest), eve (no role) and a key without a subject subscribe; a fifth publishes.
  it.each([
    ['"exclude_authid":["ann","nobody"]', "bob eve key"],
    ['"exclude_authid":[]', "ann bob eve key"],
    ['"eligible_authid":["ann","eve"]', "ann eve"],
    ['"eligible_authid":[]', ""],
    ['"exclude_authrole":["staff"]', "bob eve key"],
    ['"eligible_authrole":["staff","guest"]', "ann bob"],
    ['"eligible_authrole":["staff","guest"],"exclude_authid":["ann"]', "bob"],
    ['"eligible_authrole":["staff","guest"],"eligible_authid":["bob","eve"]', "bob"],
    ['"eligible_authid":["ann","bob"],"exclude_authrole":["guest"]', "ann"],
    ['"eligible_authid":["ann","bob"],"exclude":["@ann"]', "bob"],
    ['"eligible":["@ann","@eve"],"exclude_authrole":["staff"]', "eve"],
    ['"eligible":["@ann"],"eligible_authrole":["guest"]', ""],
  ])("[R31] %s", async (keys, expected) => {
    const node = await joined("ann", "bob", "eve", "key");
    const publisher = node.open("publisher", [], native);
    publisher.say({ type: "hello", token: "key" });
    await node.settle();
    const ids = keys.replaceAll(/"@(\w+)"/g, (_, name: string) => node.client(name).session.id);
    const other = node.open("other");
    other.say('[1,"r",{"roles":{"publisher":{}},"authmethods":["ticket"]}]');
    other.say('[5,"key",{}]');
    other.say(`[16,1,{"acknowledge":true,${ids}},"news",[1]]`);
    await node.settle();
    expect(other.take().at(-1)).toMatchObject([17, 1, {}]);
    const heard = ["ann", "bob", "eve", "key"].filter((name) => node.client(name).take().length > 0);
    expect(heard.join(" ")).toBe(expected);
  });

  it("[R31] hold in what is read from the history later, too", async () => {
    const node = await joined("ann");
    node.client("ann").say('[16,1,{"exclude_me":false,"eligible_authrole":["guest"]},"news",["for guests"]]');
    node.client("ann").say('[16,2,{"exclude_authid":["bob"]},"news",["not for bob"]]');
    await node.settle();
    const bob = node.open("bob");
    bob.say('[1,"r",{"roles":{"subscriber":{}},"authmethods":["ticket"]}]');
    bob.say('[5,"bob",{}]');
    bob.say('[32,1,{"_last":10},"news"]');
    await node.settle();
    expect(bob.take().slice(3)).toMatchObject([[36, 1, {}, {}, ["for guests"]]]);
  });

  it("[R31] the history of a subscription is for who may subscribe, whatever else it may", async () => {
    const node = await joined("ann");
    serveWampMeta(node.node, node.engine, alone);
    node.client("ann").say('[16,1,{"exclude_me":false},"news",["for subscribers"]]');
    await node.settle();
    node.client("ann").take();
    const mole = node.open("mole");
    mole.say('[1,"r",{"roles":{"caller":{}},"authmethods":["ticket"]}]');
    mole.say('[5,"mole",{}]');
    for (const name of ["ann", "mole"]) node.client(name).say('[48,1,{},"wamp.subscription.get_events",[1]]');
    await node.settle();
    expect(node.client("ann").take().at(-1)).toMatchObject([50, 1, {}, [{ args: ["for subscribers"] }], {}]);
    expect(mole.take().at(-1)).toMatchObject([8, 48, 1, {}, "wamp.error.not_authorized", [{}]]);
  });

  it.each([
    ['{"acknowledge":true,"exclude_authid":"ann"}', "exclude_authid"],
    ['{"acknowledge":true,"eligible_authrole":[1]}', "eligible_authrole"],
    ['{"acknowledge":true,"retain":1}', "retain"],
  ])("[R31] %s names what is wrong", async (options, field) => {
    const node = await joined("ann");
    node.client("ann").say(`[16,1,${options},"news"]`);
    await node.settle();
    const [error] = node.client("ann").take();
    expect(error).toMatchObject([
      8,
      16,
      1,
      {},
      "wamp.error.invalid_argument",
      [expect.stringContaining(field)],
    ]);
  });
});

describe("retained events", () => {
  it("[R29] come first where they are asked for, marked, and not to whom they exclude", async () => {
    const node = await joined("ann");
    await node.play(`
      ann > [16,1,{"retain":true},"lamp",["on"]]
      ann > [16,2,{"retain":true,"exclude_authid":["eve"],"disclose_me":true},"lamp",["off"]]
      ann > [16,3,{},"lamp",["flicker"]]
    `);
    const subscribe = async (name: string, options: string) => {
      const client = node.open(`${name}${options.length}`);
      client.say('[1,"r",{"roles":{"subscriber":{}},"authmethods":["ticket"]}]');
      client.say(JSON.stringify([5, name, {}]));
      client.say(`[32,1,${options},"lamp"]`);
      await node.settle();
      return client.take().slice(2);
    };
    expect(await subscribe("bob", '{"get_retained":true}')).toMatchObject([
      [33, 1, {}],
      [36, {}, {}, { retained: true, publisher_authid: "ann" }, ["off"]],
    ]);
    expect(await subscribe("eve", '{"get_retained":true}')).toMatchObject([[33, 1, {}]]);
    expect(await subscribe("bob", "{}")).toMatchObject([[33, 1, {}]]);
    expect(await subscribe("bob", '{"get_retained":true,"match":"prefix"}')).toMatchObject([[33, 1, {}]]);
  });

  it("[R29] what is published while it is read is heard once", async () => {
    const node = await joined("ann", "bob");
    node.client("ann").say('[16,1,{"retain":true},"lamp",["on"]]');
    await node.settle();
    node.client("bob").say('[32,2,{"get_retained":true},"lamp"]');
    node.client("ann").say('[16,2,{"retain":true},"lamp",["off"]]');
    await node.settle();
    const heard = node.client("bob").take().slice(1) as unknown as [
      number,
      number,
      number,
      object,
      string[],
    ][];
    expect(heard.map((event) => event[4][0]).filter((one) => one === "off")).toEqual(["off"]);
  });
});
