import { describe, expect, it } from "vitest";
import { TestNode, type Client } from "../../../test/harness.ts";

/** Whoever heard an event since the last look, with the data they heard. */
function hearers(node: TestNode, ...names: readonly string[]): Record<string, unknown[]> {
  const heard = names.map((name) => {
    const events = node
      .client(name)
      .take()
      .filter(({ type }) => type === "event");
    return [name, events.map(({ data }) => data)] as const;
  });
  return Object.fromEntries(heard.filter(([, events]) => events.length > 0));
}

const offsetsOf = (client: Client) =>
  client.take().flatMap(({ type, offset }) => (type === "event" ? [offset] : []));

describe("publishing", () => {
  it("[R7] an event is a frame with all its keys, and the data as it was sent", async () => {
    const node = new TestNode();
    const [, bob] = await node.welcome("ann", "bob:42");
    const data = '{"b":1.0,  "a":12345678901234567890,"é":"\\u00e9😀"}';
    node.client("ann").say(`{"type":"publish","data": ${data} ,"crmIds":["42"],"name":"deal.\\"updated\\""}`);
    await node.settle();
    const [frame = ""] = bob?.socket.texts.slice(-1) ?? [];
    expect(frame).toContain(`"data":${data}}`);
    expect(JSON.parse(frame)).toEqual({
      type: "event",
      topic: "crm.42",
      name: 'deal."updated"',
      offset: 1,
      time: node.clock.now(),
      publication: "p1",
      data: JSON.parse(data) as unknown,
    });
  });

  it("[R7] each event tells its own name and time, whatever those of the one before", async () => {
    const node = new TestNode();
    const [ann, bob] = await node.welcome("ann", "bob:42");
    const told = [];
    for (const name of ["a", "b", "b", "a"]) {
      ann?.say({ type: "publish", crmIds: ["42"], name, data: 1 });
      await node.settle();
      told.push({ name, time: node.clock.now() });
      if (told.length % 2 === 0) node.clock.advance(1);
    }
    expect(bob?.take()).toMatchObject(told);
  });

  it("[R7] without a name it is called message", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob:42");
    await node.play(`
      ann > publish {"crmIds":["42"],"data":null}
      bob < event {"name":"message","data":null}
    `);
  });

  it("[R7] to several crmIds: one publication, a result and an event each, every crmId once", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob:42,43", "eve:43");
    await node.play(`
      ann > publish {"id":1,"crmIds":["42","43","42","44"],"data":1}
      bob < event {"topic":"crm.42","offset":1,"publication":"p1"}
      bob < event {"topic":"crm.43","offset":2,"publication":"p1"}
      eve < event {"topic":"crm.43","offset":2,"publication":"p1"}
      ann < published {"id":1,"publication":"p1","results":[{"topic":"crm.42","receivers":1},{"topic":"crm.43","receivers":2},{"topic":"crm.44","receivers":0}]}
    `);
    expect(node.node.broker.published).toBe(3);
  });

  it("[R7] to crmId 42 is to topic crm.42, and back", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob:42");
    await node.play(`
      ann > publish {"topic":"crm.42","data":1}
      bob < event {"topic":"crm.42"}
      bob > unsubscribe {"id":1,"topic":"crm.42"}
      bob < unsubscribed {"id":1}
      ann > publish {"crmIds":["42"],"data":2}
    `);
  });

  it.each(["switchboard.x", "wamp.session.count"])(
    "[R1] nobody publishes in %s, which is the server's own",
    async (topic) => {
      const node = new TestNode();
      await node.welcome("ann");
      await node.play(`
      ann > publish {"id":1,"topic":"${topic}","data":1}
      ann < error {"id":1,"code":"forbidden","message":"topic: ${topic} is the server's own"}
    `);
    },
  );

  it("[R11] the same key gives the first answer, and another body is refused", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob:42");
    await node.play(`
      ann > publish {"id":1,"crmIds":["42"],"data":1,"key":"k"}
      ann > publish {"id":2,"crmIds":["42"],"data":1,"key":"k"}
      ann > publish {"id":3,"crmIds":["42"],"data":2,"key":"k"}
      bob < event {"offset":1}
      ann < published {"id":1,"publication":"p1","results":[{"offset":1,"receivers":1}]}
      ann < published {"id":2,"publication":"p1","results":[{"offset":1,"receivers":1,"duplicate":true}]}
      ann < error {"id":3,"code":"invalid_argument"}
    `);
  });
});

describe("audiences", () => {
  // ann and bob follow 42, bob and eve follow 43; all subscribe to `all`; ann publishes.
  it.each([
    ["to a crmId", '"crmIds":["42"]', "bob"],
    ["to a crmId with an echo", '"crmIds":["42"],"echo":true', "ann bob"],
    ["with echo: false", '"crmIds":["42"],"echo":false', "bob"],
    ["to a crmId one does not follow", '"crmIds":["43"]', "bob eve"],
    ["to a topic", '"topic":"all"', "bob eve"],
    ["to a topic with an echo", '"topic":"all","echo":true', "ann bob eve"],
    ["exclude", '"topic":"all","exclude":["@bob"]', "eve"],
    ["exclude keeps the publisher out, too", '"topic":"all","exclude":[]', "bob eve"],
    ["exclude oneself though an echo is wanted", '"topic":"all","exclude":["@ann"],"echo":true', "bob eve"],
    ["exclude somebody unknown", '"topic":"all","exclude":["nobody"]', "bob eve"],
    ["eligible", '"topic":"all","eligible":["@eve"]', "eve"],
    ["eligible and nobody", '"topic":"all","eligible":[]', ""],
    ["eligible means the publisher only with an echo", '"topic":"all","eligible":["@ann","@eve"]', "eve"],
    [
      "eligible means the publisher with an echo",
      '"topic":"all","eligible":["@ann","@eve"],"echo":true',
      "ann eve",
    ],
    ["exclude beats eligible", '"topic":"all","eligible":["@bob","@eve"],"exclude":["@bob"]', "eve"],
    ["eligible does not bring in who does not subscribe", '"crmIds":["42"],"eligible":["@eve"]', ""],
    ["onlyCrmIds", '"topic":"all","onlyCrmIds":["43"]', "bob eve"],
    ["onlyCrmIds, several", '"topic":"all","onlyCrmIds":["42","43"]', "bob eve"],
    ["onlyCrmIds, with an echo", '"topic":"all","onlyCrmIds":["42"],"echo":true', "ann bob"],
    ["onlyCrmIds that nobody follows", '"topic":"all","onlyCrmIds":["44"]', ""],
    ["onlyCrmIds narrows crmIds", '"crmIds":["43"],"onlyCrmIds":["42"]', "bob"],
    [
      "all lists at once",
      '"topic":"all","onlyCrmIds":["43"],"eligible":["@bob","@eve"],"exclude":["@eve"]',
      "bob",
    ],
  ])("[R8] %s", async (_, keys, expected) => {
    const node = new TestNode();
    await node.welcome("ann:42", "bob:42,43", "eve:43");
    await node.play(
      ["ann", "bob", "eve"]
        .flatMap((name) => [`${name} > subscribe {"id":1,"topic":"all"}`, `${name} < subscribed {"id":1}`])
        .join("\n"),
    );
    const ids = (text: string) =>
      text.replaceAll(/@(\w+)/g, (_name, name: string) => node.client(name).session.id);
    node.client("ann").say(ids(`{"type":"publish","id":9,"data":1,${keys}}`));
    await node.settle();
    const published =
      node.client("ann").socket.texts.findLast((frame) => frame.includes('"published"')) ?? "";
    const heard = Object.keys(hearers(node, "ann", "bob", "eve"));
    expect(heard.join(" ")).toBe(expected);
    expect(JSON.parse(published)).toMatchObject({ results: [{ receivers: heard.length }] });
  });

  it("[R8] filters hold in recovery, too", async () => {
    const node = new TestNode();
    await node.welcome("ann:42", "bob:42,43", "eve:42");
    for (const keys of [
      '"data":"not bob","exclude":["@bob"]',
      '"data":"bob","eligible":["@bob"]',
      '"data":"43","onlyCrmIds":["43"]',
      '"data":"all"',
    ]) {
      const text = keys.replaceAll("@bob", node.client("bob").session.id);
      node.client("ann").say(`{"type":"publish","crmIds":["42"],${text}}`);
    }
    await node.settle();
    expect(hearers(node, "ann", "bob", "eve")).toEqual({
      bob: ["bob", "43", "all"],
      eve: ["not bob", "all"],
    });
    for (const name of ["ann", "bob", "eve"])
      node.client(name).say({ type: "subscribe", id: 1, topic: "crm.42", last: 100 });
    await node.settle();
    expect(hearers(node, "ann", "bob", "eve")).toEqual({
      bob: ["bob", "43", "all"],
      eve: ["not bob", "all"],
    });
  });
});

describe("subscribing", () => {
  it("[R5] one hears a topic from subscribed on until unsubscribed", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob");
    await node.play(`
      ann > publish {"topic":"a","data":0}

      bob > subscribe {"id":1,"topic":"a"}
      bob < subscribed {"id":1,"topic":"a","offset":1}
      ann > publish {"topic":"a","data":1}
      bob < event {"topic":"a","data":1,"offset":2}
      bob > unsubscribe {"id":2,"topic":"a"}
      bob < unsubscribed {"id":2}
      ann > publish {"topic":"a","data":2}
    `);
    expect([...node.node.broker.topics()]).toEqual([]);
  });

  it("[R5] what is not subscribed to cannot be unsubscribed from; an exact topic and a pattern are two", async () => {
    const node = new TestNode();
    await node.welcome("ann:42");
    await node.play(`
      ann > unsubscribe {"id":1,"topic":"a"}
      ann < error {"id":1,"code":"not_subscribed"}
      ann > unsubscribe {"id":2,"topic":"crm.42","match":"prefix"}
      ann < error {"id":2,"code":"not_subscribed"}
      ann > unsubscribe {"id":3,"topic":"crm.42","match":"exact"}
      ann < unsubscribed {"id":3}
    `);
  });

  it("[R5] to subscribe again is answered, and nothing is heard twice", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob:42");
    await node.play(`
      bob > subscribe {"id":1,"topic":"crm.42"}
      bob < subscribed {"id":1}
      ann > publish {"id":1,"crmIds":["42"],"data":1}
      bob < event {"data":1}
      ann < published {"results":[{"receivers":1}]}
      bob > unsubscribe {"id":2,"topic":"crm.42"}
      bob < unsubscribed {"id":2}
      ann > publish {"id":2,"crmIds":["42"],"data":2}
      ann < published {"results":[{"receivers":0}]}
    `);
  });

  it("[R5] of two that are asked for in one turn the second holds, and the first is answered as canceled", async () => {
    const node = new TestNode();
    const [ann, bob] = await node.welcome("ann", "bob");
    bob?.say({ type: "subscribe", id: 1, topic: "a" });
    bob?.say({ type: "subscribe", id: 2, topic: "a" });
    await node.settle();
    const answers = bob?.take().toSorted((one, other) => Number(one["id"]) - Number(other["id"]));
    expect(answers).toMatchObject([
      { type: "error", id: 1, code: "canceled" },
      { type: "subscribed", id: 2 },
    ]);
    ann?.say({ type: "publish", topic: "a", data: 1 });
    await node.play('bob < event {"data":1}');
  });

  it("[R5] who unsubscribes while still joining has left", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob");
    await node.play(`
      bob > subscribe {"id":1,"topic":"a"}
      bob > unsubscribe {"id":2,"topic":"a"}
      bob < unsubscribed {"id":2}
      bob < error {"id":1,"code":"canceled"}
      ann > publish {"id":1,"topic":"a","data":1}
      ann < published {"results":[{"receivers":0}]}
    `);
  });

  it("[R5] who leaves while joining has left", async () => {
    const node = new TestNode();
    await node.welcome("bob");
    await node.play(`
      bob > subscribe {"id":1,"topic":"a"}
      bob > subscribe {"id":2,"topic":"a","match":"prefix"}
      bob > cut
    `);
    expect([...node.node.broker.topics()]).toEqual([]);
    expect(node.node.sessions.size).toBe(0);
  });

  it("[R17] others' topics are not heard, however much they resemble one's own", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob:42");
    await node.play(`
      ann > publish {"crmIds":["4","420","43"],"data":1}
      ann > publish {"topic":"crm","data":1}
      ann > publish {"topic":"crm.42.x","data":1}
      ann > publish {"topic":"CRM.42","data":1}
    `);
  });
});

describe("patterns", () => {
  it("[R6] a pattern hears each topic that it means, each with its own name", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob", "eve");
    await node.play(`
      bob > subscribe {"id":1,"topic":"crm.","match":"prefix"}
      bob < subscribed {"id":1,"topic":"crm.","epoch":"","offset":0}
      eve > subscribe {"id":1,"topic":"orders.*.new","match":"wildcard"}
      eve < subscribed {"id":1}
      ann > publish {"crmIds":["42","43"],"data":1}
      ann > publish {"topic":"orders.eu.new","data":2}
      ann > publish {"topic":"orders.eu.old","data":3}
      bob < event {"topic":"crm.42"}
      bob < event {"topic":"crm.43"}
      eve < event {"topic":"orders.eu.new"}
    `);
  });

  it("[R6] a topic and patterns that mean it are heard once, and counted once", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob:42");
    await node.play(`
      bob > subscribe {"id":1,"topic":"crm.","match":"prefix"}
      bob > subscribe {"id":2,"topic":"crm.*","match":"wildcard"}
      bob > subscribe {"id":3,"topic":">","match":"wildcard"}
      bob < subscribed {"id":1}
      bob < subscribed {"id":2}
      bob < subscribed {"id":3}
      ann > publish {"id":1,"crmIds":["42","43"],"data":1}
      bob < event {"topic":"crm.42"}
      bob < event {"topic":"crm.43"}
      ann < published {"results":[{"receivers":1},{"receivers":1}]}
    `);
  });

  it("[R6] what is left of them is still heard when one is given up", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob:42");
    await node.play(`
      bob > subscribe {"id":1,"topic":"crm.","match":"prefix"}
      bob > subscribe {"id":2,"topic":"crm.*","match":"wildcard"}
      bob < subscribed {"id":1}
      bob < subscribed {"id":2}
      bob > unsubscribe {"id":3,"topic":"crm.42"}
      bob < unsubscribed {"id":3}
      ann > publish {"crmIds":["42"],"data":1}
      bob < event {"data":1}
      bob > unsubscribe {"id":4,"topic":"crm.","match":"prefix"}
      bob < unsubscribed {"id":4}
      ann > publish {"crmIds":["42"],"data":2}
      bob < event {"data":2}
      bob > unsubscribe {"id":5,"topic":"crm.*","match":"wildcard"}
      bob < unsubscribed {"id":5}
      ann > publish {"crmIds":["42"],"data":3}
    `);
  });

  it("[R8] filters hold for patterns, too", async () => {
    const node = new TestNode();
    await node.welcome("bob:43");
    await node.play(`
      bob > subscribe {"id":1,"topic":">","match":"wildcard"}
      bob < subscribed {"id":1}
      bob > publish {"topic":"a","data":"own"}
      bob > publish {"topic":"a","data":"echo","echo":true}
      bob > publish {"topic":"a","data":"42","echo":true,"onlyCrmIds":["42"]}
      bob > publish {"topic":"a","data":"43","echo":true,"onlyCrmIds":["43"]}
      bob < event {"data":"echo"}
      bob < event {"data":"43"}
    `);
  });
});

describe("recovery", () => {
  async function published(count: number, options = {}) {
    const node = new TestNode({ step: () => 3, ...options });
    const [, bob] = (await node.welcome("ann", "bob")) as [Client, Client];
    for (let data = 1; data <= count; data++)
      node.client("ann").say({ type: "publish", crmIds: ["42"], data });
    await node.settle();
    return { node, bob, epoch: (await node.engine.position("crm.42")).epoch };
  }

  it("[R10] what was missed follows subscribed, oldest first, and then the news", async () => {
    const { node, epoch } = await published(3);
    await node.play(`
      bob > subscribe {"id":1,"topic":"crm.42","since":{"epoch":"${epoch}","offset":3}}
      ann > publish {"crmIds":["42"],"data":4}
      bob < subscribed {"id":1,"epoch":"${epoch}","offset":9,"recovered":true}
      bob < event {"data":2,"offset":6}
      bob < event {"data":3,"offset":9}
      bob < event {"data":4,"offset":12}
    `);
  });

  it("[R10] recovered is told only where since was given", async () => {
    const { node, bob } = await published(3);
    bob.say({ type: "subscribe", id: 1, topic: "crm.42", last: 2 });
    bob.say({ type: "subscribe", id: 2, topic: "crm.43" });
    await node.settle();
    const frames = bob.take();
    expect(frames.filter(({ type }) => type === "subscribed").map((frame) => Object.keys(frame))).toEqual([
      ["type", "id", "topic", "epoch", "offset"],
      ["type", "id", "topic", "epoch", "offset"],
    ]);
    expect(frames.flatMap(({ data }) => data ?? [])).toEqual([2, 3]);
  });

  it("[R10] another epoch gives all that is retained, and recovered: false", async () => {
    const { node } = await published(2);
    await node.play(`
      bob > subscribe {"id":1,"topic":"crm.42","since":{"epoch":"other","offset":6}}
      bob < subscribed {"id":1,"offset":6,"recovered":false}
      bob < event {"data":1}
      bob < event {"data":2}
    `);
  });

  it("[R10] a position of the future is not recovered, and no later event is lost to it", async () => {
    const { node, bob, epoch } = await published(2);
    bob.say({ type: "subscribe", id: 1, topic: "crm.42", since: { epoch, offset: 1_000 } });
    node.client("ann").say({ type: "publish", crmIds: ["42"], data: 3 });
    await node.settle();
    expect(bob.take()[0]).toMatchObject({ type: "subscribed", offset: 6, recovered: false });
    node.client("ann").say({ type: "publish", crmIds: ["42"], data: 4 });
    await node.settle();
    expect(bob.socket.texts.map((text) => (JSON.parse(text) as { data?: number }).data).slice(-2)).toEqual([
      3, 4,
    ]);
  });

  it("[R10] more missed than is retained is recovered: false, with what is left", async () => {
    const { node, bob, epoch } = await published(30, { history: "crm.*=5/1h" });
    bob.say({ type: "subscribe", id: 1, topic: "crm.42", since: { epoch, offset: 72 } });
    await node.settle();
    expect(bob.take()[0]).toMatchObject({ recovered: false });
    expect(bob.socket.texts.slice(2).map((text) => (JSON.parse(text) as { data: number }).data)).toEqual([
      26, 27, 28, 29, 30,
    ]);
    bob.say({ type: "subscribe", id: 2, topic: "crm.42", since: { epoch, offset: 75 } });
    await node.settle();
    expect(bob.take().find(({ id }) => id === 2)).toMatchObject({ recovered: true });
  });

  it("[R10] a pong comes after the history that was asked for before its ping, however slowly that is read", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob");
    let goOn = (): void => undefined;
    const slow = new Promise<void>((resolve) => (goOn = resolve));
    const { engine } = node;
    const history = engine.history.bind(engine);
    engine.history = async (...asked) => {
      const read = await history(...asked);
      return { ...read, next: () => slow.then(() => read.next()) };
    };
    await node.play(`
      ann > publish {"crmIds":["42"],"data":1}

      bob > subscribe {"id":1,"topic":"crm.42","last":5}
      bob < subscribed {"id":1}
      bob > ping {"id":2}
      bob > subscribe {"id":3,"topic":"a"}
      bob < subscribed {"id":3}
    `);
    goOn();
    await node.play(`
      bob < event {"topic":"crm.42"}
      bob < pong {"id":2}
      bob > ping {"id":4}
      bob < pong {"id":4}
    `);
  });

  it("[R10] no more than framesWaitingMax pings wait for a history", async () => {
    const node = new TestNode({ limits: { framesWaitingMax: 2 } });
    await node.welcome("bob");
    const { engine } = node;
    const history = engine.history.bind(engine);
    engine.history = async (...asked) => ({
      ...(await history(...asked)),
      next: () => new Promise(() => undefined),
    });
    await node.play(`
      bob > subscribe {"id":1,"topic":"crm.42","last":5}
      bob < subscribed {"id":1}
      bob > ping {"id":2}
      bob > ping {"id":3}

      bob > ping {"id":4}
      bob < close 4002
    `);
  });

  it("[R9][R10] however joining and publishing meet, each event is heard once and in order", async () => {
    const { node, epoch } = await published(1_200, { history: "crm.*=10000/1h" });
    const [late] = await node.welcome("late");
    const all = Array.from({ length: 1_200 }, (_, i) => 3 * (i + 1));
    late?.say({ type: "subscribe", id: 1, topic: "crm.42", since: { epoch, offset: 0 } });
    for (let i = 0; i < 300; i++) {
      node.client("ann").say({ type: "publish", crmIds: ["42"], data: i });
      all.push(3 * (1_201 + i));
      if (i % 7 === 0) await Promise.resolve();
      if (i % 50 === 0) await new Promise((resolve) => void setImmediate(resolve));
    }
    await node.settle();
    expect(offsetsOf(late as Client)).toEqual(all);
  });
});
