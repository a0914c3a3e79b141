import { describe, expect, it } from "vitest";
import { TestNode } from "../../../test/harness.ts";

describe("hello", () => {
  it("[R3] welcome says who one is, what one follows, and the limits", async () => {
    const node = new TestNode();
    const client = node.open("ann");
    client.say({ type: "hello", crmIds: ["42", "43", "42"], client: "a test" });
    await node.settle();
    expect(client.take()).toEqual([
      {
        type: "welcome",
        session: client.session.id,
        resume: expect.any(String) as unknown,
        crmIds: ["42", "43"],
        server: "switchboard",
        version: "0.0.0",
        heartbeat: 25_000,
        limits: { frameBytesMax: 524_288, subscriptionsMax: 1_000, sendBufferBytesMax: 1_048_576 },
      },
    ]);
    expect(client.session.client).toBe("a test");
    expect(client.session.crmIds).toEqual(["42", "43"]);
  });

  it("[R3] crmIds in the URL are a hello", async () => {
    const node = new TestNode();
    node.open("ann", ["42"]);
    await node.welcome("bob");
    await node.play(`
      ann < welcome {"session":"@ann","crmIds":["42"]}
      bob > publish {"id":1,"crmIds":["42"],"data":"hello"}
      bob < published {"id":1}
      ann < event {"topic":"crm.42","data":"hello"}
    `);
  });

  it("[R3] wrong crmIds in the URL are answered like those of a hello; a right one may follow", async () => {
    const node = new TestNode();
    node.open("ann", ["4 2"]);
    await node.play(`
      ann < error {"code":"invalid_argument","message":"crmIds[0]: must be 1–64 of A–Z a–z 0–9 _ -"}
      ann > hello {"crmIds":["42"]}
      ann < welcome {"crmIds":["42"]}
    `);
  });

  it("[R3] hello is said once", async () => {
    const node = new TestNode();
    await node.welcome("ann:42");
    node.open("bob", ["43"]);
    await node.play(`
      ann > hello {"crmIds":["43"]}
      ann < error {"code":"bad_frame","message":"hello was said already"}
      bob > hello
      bob < welcome {"crmIds":["43"]}
      bob < error {"code":"bad_frame"}
    `);
    expect(node.client("ann").session.crmIds).toEqual(["42"]);
  });

  it.each([
    ["ping", '{"id":7}'],
    ["subscribe", '{"id":7,"topic":"a"}'],
    ["unsubscribe", '{"id":7,"topic":"a"}'],
    ["publish", '{"id":7,"topic":"a","data":1}'],
    ["call", '{"id":7,"procedure":"a"}'],
    ["refresh", '{"id":7,"token":"t"}'],
  ])("[R3] %s before hello is refused, and the connection lives", async (type, keys) => {
    const node = new TestNode();
    node.open("ann");
    await node.play(`
      ann > ${type} ${keys}
      ann < error {"id":7,"code":"unauthenticated","message":"say hello first"}
      ann > hello
      ann < welcome
    `);
  });

  it("[R3] no hello within 10 s ends the connection; one in time does not", async () => {
    const node = new TestNode();
    node.open("ann");
    node.open("bob");
    node.clock.advance(9_999);
    await node.play(`
      bob > hello
      bob < welcome
    `);
    node.clock.advance(1);
    await node.play("ann < close 4000");
    expect(node.node.sessions.size).toBe(1);
  });

  it("[R3] a refused hello is no hello: the 10 s go on, and nothing is followed", async () => {
    const node = new TestNode({ limits: { subscriptionsMax: 2 } });
    node.open("ann");
    await node.welcome("bob");
    await node.play(`
      ann > hello {"crmIds":["1","2","3"]}
      ann < error {"code":"limit_exceeded"}
      bob > publish {"id":1,"crmIds":["1","2"],"data":1}
      bob < published {"results":[{"topic":"crm.1","receivers":0},{"topic":"crm.2","receivers":0}]}
    `);
    expect(node.client("ann").session.crmIds).toEqual([]);
    node.clock.advance(10_000);
    await node.play("ann < close 4000");
  });

  it("[R3] what is said together with the hello is answered after the welcome, in order", async () => {
    const node = new TestNode();
    node.open("ann");
    await node.play(`
      ann > hello {"crmIds":["42"]}
      ann > ping {"id":1}
      ann > subscribe {"id":2,"topic":"a"}
      ann > publish {"id":3,"topic":"a","data":1,"echo":true}
      ann < welcome
      ann < pong {"id":1}
      ann < subscribed {"id":2,"topic":"a"}
      ann < event {"topic":"a","data":1}
      ann < published {"id":3}
    `);
  });
});

describe("requests", () => {
  it("[R4] each frame that asks is answered by its reply, with its id", async () => {
    const node = new TestNode();
    await node.welcome("ann");
    await node.play(`
      ann > ping {"id":1}
      ann < pong {"id":1}
      ann > subscribe {"id":2,"topic":"crm.42"}
      ann < subscribed {"id":2,"topic":"crm.42","offset":0}
      ann > publish {"id":3,"topic":"crm.42","data":{"a":1},"name":"deal.updated"}
      ann < published {"id":3,"publication":"p1","results":[{"topic":"crm.42","offset":1,"receivers":0}]}
      ann > unsubscribe {"id":4,"topic":"crm.42"}
      ann < unsubscribed {"id":4}
      ann > refresh {"id":5,"token":"t"}
      ann < refreshed {"id":5}
      ann > call {"id":6,"procedure":"add","data":[1,2]}
      ann < error {"id":6,"code":"no_such_procedure"}
    `);
  });

  it.each([
    ["subscribe", '{"id":1}', "topic"],
    ["subscribe", '{"id":1,"topic":"a b"}', "topic"],
    ["subscribe", '{"id":1,"topic":"a","match":"regex"}', "match"],
    ["subscribe", '{"id":1,"topic":"a.>.b","match":"wildcard"}', "topic"],
    ["subscribe", '{"id":1,"topic":"a","match":"prefix","last":1}', "last"],
    ["subscribe", '{"id":1,"topic":"a","since":{"epoch":"e"}}', "since.offset"],
    ["unsubscribe", '{"id":1}', "topic"],
    ["publish", '{"id":1,"topic":"a"}', "data"],
    ["publish", '{"id":1,"data":1}', "topic"],
    ["publish", '{"id":1,"crmIds":["1","a.b"],"data":1}', "crmIds[1]"],
    ["publish", '{"id":1,"topic":"a","data":1,"echo":"yes"}', "echo"],
    ["call", '{"id":1}', "procedure"],
    ["refresh", '{"id":1}', "token"],
  ])("[R4] %s %s is an error that names %s", async (type, keys, field) => {
    const node = new TestNode();
    const [ann] = await node.welcome("ann");
    ann?.say(`{"type":"${type}",${keys.slice(1)}`);
    await node.settle();
    expect(ann?.take()).toEqual([
      {
        type: "error",
        id: 1,
        code: "invalid_argument",
        message: expect.stringMatching(new RegExp(`^${field.replace(/[[\].]/g, "\\$&")}: `)) as unknown,
        details: expect.arrayContaining([expect.objectContaining({ path: field })]) as unknown,
      },
    ]);
  });

  it.each(["ping", "subscribe", "call"])(
    "[R4] %s without a right id is an error without one",
    async (type) => {
      const node = new TestNode();
      await node.welcome("ann");
      for (const id of ["0", "-1", "1.5", '"1"', "null", "9007199254740993", "[1]"])
        await node.play(`
        ann > ${type} {"id":${id},"topic":"a","procedure":"a"}
        ann < error {"code":"invalid_argument"}
      `);
    },
  );

  it("[R4] a failed publish without id is an error without id; one that succeeds is not answered", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob:42");
    await node.play(`
      ann > publish {"crmIds":["42"],"data":1}
      ann > publish {"crmIds":["4 2"],"data":1}
      ann < error {"code":"invalid_argument"}
      bob < event {"topic":"crm.42","data":1}
    `);
    const [error] = node.client("ann").socket.texts.slice(-1);
    expect(JSON.parse(error ?? "")).not.toHaveProperty("id");
  });

  it.each([
    "[]",
    "1",
    '"text"',
    "null",
    "true",
    '[{"type":"ping","id":1}]',
    "{}",
    '{"type":"welcome"}',
    '{"type":1}',
  ])("[R4] %s is a bad frame, and the connection lives", async (text) => {
    const node = new TestNode();
    await node.welcome("ann");
    await node.play(`
        ann > text ${text}
        ann < error {"code":"bad_frame"}
        ann > ping {"id":1}
        ann < pong {"id":1}
      `);
  });

  it.each(["toString", "constructor", "__proto__", "hasOwnProperty"])("[R4] %s is no type", async (type) => {
    const node = new TestNode();
    await node.welcome("ann");
    await node.play(`
      ann > text {"type":"${type}","id":3}
      ann < error {"id":3,"code":"bad_frame"}
    `);
  });

  it.each([
    "",
    "{",
    "hello",
    "{'type':'ping'}",
    '{"type":"ping","id":1} ',
    '{"type":"ping","id":1}{}',
    "NaN",
  ])("[R4] text that is no JSON ends the connection: %j", async (text) => {
    const node = new TestNode();
    const [ann] = await node.welcome("ann:42");
    ann?.say(text);
    if (text.endsWith("} ")) return node.play('ann < pong {"id":1}');
    await node.play("ann < close 4500");
    expect(node.node.sessions.size).toBe(0);
    expect(node.node.broker.subscribers("crm.42")).toBe(0);
    ann?.say({ type: "ping", id: 1 });
    await node.play("");
  });

  it("[R4] ids are echoed exactly once, whatever is asked at the same time", async () => {
    const node = new TestNode();
    const [ann] = await node.welcome("ann");
    const asked = Array.from({ length: 600 }, (_, i) => {
      const id = i + 1;
      const topic = i % 4 === 0 ? "a b" : `crm.${i % 5}`;
      return [
        { type: "subscribe", id, topic, last: 3 },
        { type: "publish", id, topic, data: i },
        { type: "ping", id },
        { type: "unsubscribe", id, topic },
        { type: "call", id, procedure: topic },
        { type: "hello", id },
      ][i % 6] as { type: string; id: number };
    });
    for (const frame of asked) ann?.say(frame);
    await node.settle();
    const answered = (ann?.take() ?? []).filter(({ type }) => type !== "event").map(({ id }) => id as number);
    expect(answered.toSorted((a, b) => a - b)).toEqual(asked.map(({ id }) => id));
    expect(node.faults).toEqual([]);
  });

  it("[R4] ids are the client's own: another's answer with the same id is its own", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob");
    await node.play(`
      ann > subscribe {"id":1,"topic":"a"}
      bob > ping {"id":1}
      ann < subscribed {"id":1,"topic":"a"}
      bob < pong {"id":1}
    `);
  });
});

describe("limits", () => {
  it("[R14] a frame over frameBytesMax is refused, and the connection lives", async () => {
    const node = new TestNode({ limits: { frameBytesMax: 100 } });
    const [ann] = await node.welcome("ann");
    const frame = (id: number, data: string) => JSON.stringify({ type: "publish", id, topic: "a", data });
    const room = 100 - frame(1, "").length;
    ann?.say(frame(1, "x".repeat(room)));
    ann?.say(frame(2, "x".repeat(room + 1)));
    ann?.say(frame(3, "é".repeat(Math.floor(room / 2))));
    ann?.say(frame(4, "é".repeat(Math.floor(room / 2) + 1)));
    await node.play(`
      ann < error {"id":2,"code":"too_large","message":"a frame has 100 bytes at most (frameBytesMax)"}
      ann < error {"id":4,"code":"too_large"}
      ann < published {"id":1}
      ann < published {"id":3}
    `);
  });

  it("[R14] one subscription over subscriptionsMax is refused; those that stand may be renewed", async () => {
    const node = new TestNode({ limits: { subscriptionsMax: 2 } });
    await node.welcome("ann:42");
    await node.play(`
      ann > subscribe {"id":1,"topic":"a","match":"prefix"}
      ann < subscribed {"id":1}
      ann > subscribe {"id":2,"topic":"b"}
      ann < error {"id":2,"code":"limit_exceeded"}
      ann > subscribe {"id":3,"topic":"crm.42"}
      ann < subscribed {"id":3}
      ann > unsubscribe {"id":4,"topic":"crm.42"}
      ann > subscribe {"id":5,"topic":"b"}
      ann < unsubscribed {"id":4}
      ann < subscribed {"id":5}
    `);
  });

  it("[R14] one pattern over patternsMax of the node is refused; a pattern that somebody has is not new", async () => {
    const node = new TestNode({ limits: { patternsMax: 1 } });
    await node.welcome("ann", "bob");
    await node.play(`
      ann > subscribe {"id":1,"topic":"a","match":"prefix"}
      ann < subscribed {"id":1}
      bob > subscribe {"id":1,"topic":"b","match":"prefix"}
      bob < error {"id":1,"code":"limit_exceeded"}
      bob > subscribe {"id":2,"topic":"a","match":"prefix"}
      bob < subscribed {"id":2}
      ann > unsubscribe {"id":2,"topic":"a","match":"prefix"}
      bob > unsubscribe {"id":3,"topic":"a","match":"prefix"}
      ann < unsubscribed {"id":2}
      bob < unsubscribed {"id":3}
      bob > subscribe {"id":4,"topic":"b","match":"prefix"}
      bob < subscribed {"id":4}
    `);
  });

  it("[R14] one frame over framesWaitingMax behind an unanswered hello ends the connection", async () => {
    const node = new TestNode({ limits: { framesWaitingMax: 3 } });
    for (const [name, waiting] of [
      ["ann", 3],
      ["bob", 4],
    ] as const) {
      const client = node.open(name);
      client.say({ type: "hello", crmIds: ["42"] });
      for (let id = 1; id <= waiting; id++) client.say({ type: "ping", id });
    }
    await node.play(`
      ann < welcome
      ann < pong {"id":1}
      ann < pong {"id":2}
      ann < pong {"id":3}
      bob < close 4002
    `);
  });

  it("[R14] one publish over publishesPerSecondMax is refused, and told when it may come again", async () => {
    const node = new TestNode({ limits: { publishesPerSecondMax: 2 } });
    await node.welcome("ann", "bob");
    await node.play(`
      ann > publish {"id":1,"topic":"a","data":1}
      ann > publish {"id":2,"topic":"a","data":1}
      ann > publish {"id":3,"topic":"a","data":1}
      bob > publish {"id":1,"topic":"a","data":1}
      ann < error {"id":3,"code":"rate_limited","retryAfter":500}
      ann < published {"id":1}
      ann < published {"id":2}
      bob < published {"id":1}
    `);
    node.clock.advance(500);
    await node.play(`
      ann > publish {"id":4,"topic":"a","data":1}
      ann < published {"id":4}
    `);
  });
});

describe("the end of the server", () => {
  it("draining tells when to come back, before the connection is closed", async () => {
    const node = new TestNode();
    const [ann] = await node.welcome("ann");
    ann?.session.drain(1_500);
    ann?.session.close(1012, "restarting");
    await node.play(`
      ann < draining {"retryAfter":1500}
      ann < close 1012
    `);
  });
});
