import { describe, expect, it } from "vitest";
import { type TestNode, type TestNodeOptions } from "../../../../test/harness.ts";
import { join, joined as joinedTo } from "../../../../test/wamp2.ts";
import { alone } from "../../../core/peers.ts";
import { native } from "../../native/native.ts";
import { numberOf } from "../ids.ts";
import { serveWampMeta } from "./meta.ts";

async function joined(names: readonly string[], options?: TestNodeOptions): Promise<TestNode> {
  const node = await joinedTo([], options);
  serveWampMeta(node.node, node.engine, alone);
  await join(node, ...names);
  return node;
}

let request = 100;

/** What a call is answered with: its arguments, or its error's URI. */
async function call(node: TestNode, name: string, procedure: string, ...args: readonly unknown[]) {
  return (await ask(node, name, procedure, args)).args;
}

async function ask(node: TestNode, name: string, procedure: string, args: readonly unknown[], kwargs = {}) {
  const client = node.client(name);
  client.say(JSON.stringify([48, (request += 1), {}, procedure, args, kwargs]));
  await node.settle();
  const answer = client.take().at(-1) as unknown as unknown[];
  const isError = answer[0] === 8;
  return { args: isError ? answer[4] : (answer[3] ?? []), kwargs: isError ? {} : answer[4] };
}

const idOf = (node: TestNode, name: string) => Number(node.client(name).session.id);

describe("sessions", () => {
  it("[R31] are counted, listed and described, by role, whatever they speak", async () => {
    const node = await joined(["ann", "bob"]);
    node.open("eve", [], native).say({ type: "hello" });
    node.open("nobody yet");
    await node.settle();
    expect(await call(node, "ann", "wamp.session.count")).toEqual([3]);
    expect(await call(node, "ann", "wamp.session.count", ["anonymous"])).toEqual([3]);
    expect(await call(node, "ann", "wamp.session.count", ["staff"])).toEqual([0]);
    const { id } = node.client("eve").session;
    expect(await call(node, "ann", "wamp.session.list")).toEqual([
      [idOf(node, "ann"), idOf(node, "bob"), id],
    ]);
    expect(await call(node, "ann", "wamp.session.get", idOf(node, "bob"))).toEqual([
      {
        session: idOf(node, "bob"),
        authid: String(idOf(node, "bob")),
        authrole: "anonymous",
        authmethod: "anonymous",
        authprovider: "switchboard",
        transport: { type: "websocket", protocol: "wamp.2.json", peer: "127.0.0.1" },
      },
    ]);
    expect(await call(node, "ann", "wamp.session.get", id)).toMatchObject([{ session: id }]);
    expect(await call(node, "ann", "wamp.session.get", 1)).toBe("wamp.error.no_such_session");
    const unwelcomed = node.client("nobody yet").session.id;
    expect(await call(node, "ann", "wamp.session.get", Number(unwelcomed))).toBe(
      "wamp.error.no_such_session",
    );
    expect(await call(node, "ann", "wamp.session.get")).toBe("wamp.error.invalid_argument");
    expect(await call(node, "ann", "wamp.session.get", {})).toBe("wamp.error.invalid_argument");
    expect(await call(node, "ann", "wamp.session.nothing")).toBe("wamp.error.no_such_procedure");
  });

  it("[R31] are told of as they join and leave, and those that were not welcomed are not", async () => {
    const node = await joined(["ann"]);
    await node.play(`
      ann > [32,1,{},"wamp.session.on_join"]
      ann > [32,2,{},"wamp.session.on_leave"]
      ann < [33,1,1]
      ann < [33,2,2]
    `);
    node.open("passing").cut();
    await join(node, "bob");
    const bob = idOf(node, "bob");
    await node.play(`
      ann < [36,1,"…",{},[{"session":${bob},"authid":"${bob}","authrole":"anonymous","authmethod":"anonymous"}]]
      bob > [6,{},"wamp.close.normal"]
      bob < [6,{},"wamp.close.goodbye_and_out"]
      bob < close 1000
      ann < [36,2,"…",{},[${bob},"${bob}","anonymous"]]
    `);
  });

  it("[R31] are killed with a reason: they are told, and stay away; nobody kills itself", async () => {
    const node = await joined(["ann", "bob", "eve"]);
    expect(await call(node, "ann", "wamp.session.kill", idOf(node, "ann"))).toBe(
      "wamp.error.no_such_session",
    );
    const bad = await ask(node, "ann", "wamp.session.kill", [idOf(node, "bob")], { reason: "a b" });
    expect(bad.args).toBe("wamp.error.invalid_uri");
    const farewell = { reason: "com.app.bye", message: "out" };
    expect((await ask(node, "ann", "wamp.session.kill", [idOf(node, "bob")], farewell)).args).toEqual([]);
    await node.play(`
      bob < [6,{"message":"out"},"com.app.bye"]
      bob < close 4503
    `);
    expect(await call(node, "ann", "wamp.session.kill", idOf(node, "eve"))).toEqual([]);
    expect(node.client("eve").socket.texts.at(-1)).toBe('[6,{},"wamp.close.killed"]');
    node.client("eve").take();
    expect(await call(node, "ann", "wamp.session.kill", idOf(node, "bob"))).toBe(
      "wamp.error.no_such_session",
    );
  });

  it("[R31] are killed by authid, by authrole, and all at once, but for the caller", async () => {
    const node = await joined(["ann", "bob", "eve", "dan"]);
    const [bob, eve, dan] = ["bob", "eve", "dan"].map((name) => idOf(node, name));
    expect(await call(node, "ann", "wamp.session.kill_by_authid", String(bob))).toEqual([[bob]]);
    expect(await call(node, "ann", "wamp.session.kill_by_authid", String(idOf(node, "ann")))).toEqual([[]]);
    expect(await call(node, "ann", "wamp.session.kill_by_authrole", "staff")).toEqual([0]);
    node.open("native", [], native).say({ type: "hello" });
    await node.settle();
    expect(await call(node, "ann", "wamp.session.kill_by_authrole", "anonymous")).toEqual([3]);
    expect(await call(node, "ann", "wamp.session.kill_all")).toEqual([0]);
    expect([eve, dan].every((id) => node.node.sessions.get(String(id)) === undefined)).toBe(true);
    expect(node.client("native").socket.closed?.code).toBe(4503);
  });
});

describe("subscriptions", () => {
  it("[R31] are listed, looked up, matched and described", async () => {
    const node = await joined(["ann", "bob"]);
    await node.play(`
      ann > [32,1,{},"com.app.news"]
      ann < [33,1,1]
      ann > [32,2,{"match":"prefix"},"com.app"]
      ann < [33,2,2]
      ann > [32,3,{"match":"wildcard"},"com..news"]
      ann < [33,3,3]
      bob > [32,1,{},"com.app.news"]
      bob < [33,1,1]
    `);
    const ask1 = (procedure: string, ...args: unknown[]) =>
      call(node, "bob", `wamp.subscription.${procedure}`, ...args);
    expect(await ask1("list")).toEqual([{ exact: [1], prefix: [2], wildcard: [3] }]);
    expect(await ask1("lookup", "com.app.news")).toEqual([1]);
    expect(await ask1("lookup", "com.app", { match: "prefix" })).toEqual([2]);
    expect(await ask1("lookup", "com..news", { match: "wildcard" })).toEqual([3]);
    expect(await ask1("lookup", "com.app")).toEqual([null]);
    expect(await ask1("match", "com.app.news")).toEqual([[1, 2, 3]]);
    expect(await ask1("match", "org")).toEqual([null]);
    const created = new Date(node.clock.now()).toISOString();
    expect(await ask1("get", 3)).toEqual([{ id: 3, created, uri: "com..news", match: "wildcard" }]);
    expect(await ask1("list_subscribers", 1)).toEqual([[idOf(node, "ann"), idOf(node, "bob")]]);
    expect(await ask1("count_subscribers", 1)).toEqual([2]);
    for (const procedure of ["get", "list_subscribers", "count_subscribers"])
      expect(await ask1(procedure, 99)).toBe("wamp.error.no_such_subscription");
  });

  it("[R31] are told of: created, subscribed to, unsubscribed from, deleted, in this order", async () => {
    const node = await joined(["ann", "bob", "eve"]);
    await node.play(`
      ann > [32,1,{"match":"prefix"},"wamp.subscription."]
      ann < [33,1,1]
    `);
    const [bob, eve] = [idOf(node, "bob"), idOf(node, "eve")];
    const created = new Date(node.clock.now()).toISOString();
    await node.play(`
      bob > [32,1,{},"com.news"]
      bob < [33,1,2]
      ann < [36,1,"…",{"topic":"wamp.subscription.on_create"},[${bob},{"id":2,"created":"${created}","uri":"com.news","match":"exact"}]]
      ann < [36,1,"…",{"topic":"wamp.subscription.on_subscribe"},[${bob},2]]
      eve > [32,1,{},"com.news"]
      eve < [33,1,2]
      ann < [36,1,"…",{"topic":"wamp.subscription.on_subscribe"},[${eve},2]]
      bob > [34,2,2]
      bob < [35,2]
      ann < [36,1,"…",{"topic":"wamp.subscription.on_unsubscribe"},[${bob},2]]
      eve > cut
      ann < [36,1,"…",{"topic":"wamp.subscription.on_unsubscribe"},[${eve},2]]
      ann < [36,1,"…",{"topic":"wamp.subscription.on_delete"},[${eve},2]]
    `);
  });
});

describe("registrations", () => {
  it("[R31] are listed, looked up and described", async () => {
    const node = await joined(["ann", "bob"]);
    const id = numberOf("com.add");
    await node.play(`
      ann > [64,1,{"invoke":"roundrobin"},"com.add"]
      ann < [65,1,${id}]
      bob > [64,1,{"invoke":"roundrobin"},"com.add"]
      bob < [65,1,${id}]
    `);
    const ask1 = (procedure: string, ...args: unknown[]) =>
      call(node, "bob", `wamp.registration.${procedure}`, ...args);
    expect(await ask1("list")).toEqual([{ exact: [id], prefix: [], wildcard: [] }]);
    expect(await ask1("lookup", "com.add")).toEqual([id]);
    expect(await ask1("match", "com.add")).toEqual([id]);
    expect(await ask1("match", "com.other")).toEqual([null]);
    const created = new Date(node.clock.now()).toISOString();
    const details = { id, created, uri: "com.add", match: "exact", invoke: "roundrobin" };
    expect(await ask1("get", id)).toEqual([details]);
    expect(await ask1("list_callees", id)).toEqual([[idOf(node, "ann"), idOf(node, "bob")]]);
    expect(await ask1("count_callees", id)).toEqual([2]);
    expect(await ask1("get", 1)).toBe("wamp.error.no_such_registration");
  });

  it("[R31] are told of: created, registered, unregistered, deleted, in this order", async () => {
    const node = await joined(["ann", "bob"]);
    const [id, bob] = [numberOf("com.add"), idOf(node, "bob")];
    const topics = ["on_create", "on_register", "on_unregister", "on_delete"];
    for (const [i, topic] of topics.entries())
      node.client("ann").say(`[32,${i + 1},{},"wamp.registration.${topic}"]`);
    await node.settle();
    node.client("ann").take();
    await node.play(`
      bob > [64,1,{},"com.add"]
      bob < [65,1,${id}]
      ann < [36,1,"…",{},[${bob},{"id":${id},"uri":"com.add","match":"exact","invoke":"single"}]]
      ann < [36,2,"…",{},[${bob},${id}]]
      bob > [66,2,${id}]
      bob < [67,2]
      ann < [36,3,"…",{},[${bob},${id}]]
      ann < [36,4,"…",{},[${bob},${id}]]
    `);
  });
});

describe("event history", () => {
  /** ann has published 1 to 9 in crm.42, a second apart; bob subscribes to it. */
  async function published(): Promise<TestNode> {
    const node = await joined(["ann", "bob"]);
    for (let i = 1; i <= 9; i++) {
      node.client("ann").say(`[16,${i},{},"crm.42",[${i}]]`);
      await node.settle();
      node.clock.advance(1_000);
    }
    node.client("bob").say('[32,1,{},"crm.42"]');
    node.client("bob").say('[32,2,{"match":"prefix"},"crm."]');
    await node.settle();
    node.client("bob").take();
    return node;
  }
  const events = async (node: TestNode, options: object, subscription = 1) => {
    const { args, kwargs } = await ask(node, "bob", "wamp.subscription.get_events", [subscription], options);
    if (typeof args === "string") return args;
    const numbers = (args as { args: number[] }[]).map((event) => event.args[0]).join(" ");
    return (kwargs as { is_limit_reached: boolean }).is_limit_reached ? `${numbers} …` : numbers;
  };

  it("[R31] tells what the topic keeps, as it was published", async () => {
    const node = await published();
    node
      .client("ann")
      .say('[16,10,{"disclose_me":true,"_name":"big"},"crm.42",[12345678901234567890],{"a": 1.0}]');
    await node.settle();
    node.client("bob").take();
    node.client("bob").say('[48,1,{},"wamp.subscription.get_events",[1],{"limit":1,"reverse":true}]');
    await node.settle();
    const text = node.client("bob").socket.texts.at(-1) ?? "";
    expect(text).toContain('"args":[12345678901234567890],"kwargs":{"a": 1.0}');
    const ann = idOf(node, "ann");
    expect(JSON.parse(text)).toMatchObject([
      50,
      1,
      {},
      [
        {
          timestamp: new Date(node.clock.now()).toISOString(),
          subscription: 1,
          publication: numberOf("p10"),
          details: { publisher: ann, publisher_authrole: "anonymous", _name: "big" },
        },
      ],
      { is_limit_reached: true },
    ]);
  });

  it("[R31] takes each option", async () => {
    const node = await published();
    const at = (seconds: number) => new Date(node.clock.now() - seconds * 1_000).toISOString();
    const publication = (i: number) => numberOf(`p${i}`);
    const table: [object, string][] = [
      [{}, "1 2 3 4 5 6 7 8 9"],
      [{ limit: 3 }, "1 2 3 …"],
      [{ limit: 9 }, "1 2 3 4 5 6 7 8 9"],
      [{ reverse: true, limit: 3 }, "9 8 7 …"],
      [{ from_time: at(2) }, "8 9"],
      [{ after_time: at(2) }, "9"],
      [{ until_time: at(8) }, "1 2"],
      [{ before_time: at(8) }, "1"],
      [{ from_publication: publication(8) }, "8 9"],
      [{ after_publication: publication(8) }, "9"],
      [{ until_publication: publication(2) }, "1 2"],
      [{ before_publication: publication(2) }, "1"],
      [{ from_publication: publication(3), until_publication: publication(5), reverse: true }, "5 4 3"],
      [{ after_publication: publication(3), before_time: at(4) }, "4 5"],
      [{ from_publication: 1 }, ""],
      [{ before_publication: 1 }, ""],
      [{ from_time: "yesterday" }, "wamp.error.invalid_argument"],
      [{ limit: 0 }, "wamp.error.invalid_argument"],
    ];
    for (const [options, expected] of table)
      expect([options, await events(node, options)]).toEqual([options, expected]);
  });

  it("[R31] of a pattern belongs to a topic that it means", async () => {
    const node = await published();
    expect(await events(node, { topic: "crm.42", limit: 2 }, 2)).toBe("1 2 …");
    expect(await events(node, {}, 2)).toBe("wamp.error.invalid_argument");
    expect(await events(node, { topic: "org" }, 2)).toBe("wamp.error.invalid_argument");
    expect(await events(node, {}, 99)).toBe("wamp.error.no_such_subscription");
  });

  it("[R31] tells nobody what was not meant for it", async () => {
    const node = await published();
    node.client("ann").say('[16,10,{"eligible_authrole":["staff"]},"crm.42",["for staff"]]');
    node.client("ann").say(`[16,11,{"exclude":[${idOf(node, "bob")}]},"crm.42",["not for bob"]]`);
    await node.settle();
    node.client("bob").take();
    expect(await events(node, { from_publication: numberOf("p9") })).toBe("9");
    const own = await ask(node, "ann", "wamp.subscription.get_events", [1]);
    expect(own.args).toEqual([]);
  });
});
