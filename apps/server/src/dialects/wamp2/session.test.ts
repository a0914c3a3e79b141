import { describe, expect, it } from "vitest";
import { TestNode } from "../../../test/harness.ts";
import { hello, joined, wamp2Json } from "../../../test/wamp2.ts";
import { jsonCodec } from "./json-codec.ts";
import { wamp2 } from "./wamp2.ts";

const violation = "wamp.error.protocol_violation";

describe("joining", () => {
  it("[R31] WELCOME says exactly what is there, in dictionaries of booleans and strings", async () => {
    const node = new TestNode({ dialect: wamp2Json });
    const ann = node.open("ann");
    ann.say(hello);
    await node.settle();
    const [[code, id, details]] = ann.take() as unknown as [[number, number, Record<string, unknown>]];
    expect(code).toBe(2);
    expect(Number.isSafeInteger(id) && id > 0).toBe(true);
    expect(String(id)).toBe(ann.session.id);
    const { roles, ...others } = details as { roles: Record<string, { features: Record<string, boolean> }> };
    expect(Object.keys(roles)).toEqual(["broker", "dealer"]);
    for (const { features } of Object.values(roles))
      for (const value of Object.values(features)) expect(value).toBe(true);
    expect(others).toEqual({
      realm: "realm1",
      authid: ann.session.id,
      authrole: "anonymous",
      authmethod: "anonymous",
      authprovider: "switchboard",
      agent: "switchboard-0.0.0",
    });
  });

  it("[R31] any realm is joined, unless one is configured", async () => {
    const node = new TestNode({ dialect: wamp2(jsonCodec, { realm: "crm" }) });
    node.open("ann");
    node.open("bob");
    await node.play(`
      ann > ${hello}
      ann < [3,{"message":"there is no realm realm1 here"},"wamp.error.no_such_realm"]
      ann < close 4503
      bob > ${hello.replace("realm1", "crm")}
      bob < [2,"…",{"realm":"crm"}]
    `);
  });

  it("[R31] without HELLO for 10 s the connection closes", async () => {
    const node = new TestNode({ dialect: wamp2Json });
    const ann = node.open("ann");
    node.clock.advance(9_999);
    expect(ann.take()).toEqual([]);
    node.clock.advance(1);
    expect(ann.take()).toEqual([{ type: "close", code: 4000 }]);
  });

  it("[R31] who has joined is not timed out", async () => {
    const node = await joined(["ann"]);
    node.clock.advance(60_000);
    expect(node.client("ann").take()).toEqual([]);
  });
});

describe("violations", () => {
  it.each([
    ["nothing", "[]"],
    ["null", "null"],
    ["no JSON", "hello"],
    ["half a message", '[1,"realm1",{"roles"'],
    ["an object of another dialect", '{"type":"hello"}'],
    ["a message of WAMP v1", '[0,"session",1,"server"]'],
    ["HELLO without a realm", "[1]"],
    ["HELLO with a number as realm", '[1,1,{"roles":{"caller":{}}}]'],
    ["HELLO without details", '[1,"realm1"]'],
    ["HELLO without roles", '[1,"realm1",{}]'],
    ["HELLO with roles that nobody knows", '[1,"realm1",{"roles":{"broker":{}}}]'],
    ["a request before HELLO", '[32,1,{},"crm.42"]'],
    ["GOODBYE before HELLO", '[6,{},"wamp.close.normal"]'],
    ["a code that there is not", "[99]"],
    ["a code that is no number", '["1","realm1",{}]'],
  ])("[R31] before WELCOME: %s", async (_, frame) => {
    const node = new TestNode({ dialect: wamp2Json });
    node.open("ann");
    await node.play(`
      ann > text ${frame}
      ann < [3,{"message":"…"},"${violation}"]
      ann < close 1002
    `);
    expect(node.faults).toEqual([]);
  });

  it.each([
    ["HELLO again", hello],
    ["CHALLENGE", '[4,"ticket",{}]'],
    ["AUTHENTICATE", '[5,"secret",{}]'],
    ["WELCOME", "[2,1,{}]"],
    ["EVENT", "[36,1,1,{}]"],
    ["a code that there is not", "[1000,1]"],
    ["a Request of 0", '[32,0,{},"crm.42"]'],
    ["a Request that is a fraction", '[32,1.5,{},"crm.42"]'],
    ["a Request over 2^53", '[32,9007199254740994,{},"crm.42"]'],
    ["a Request that is a text", '[32,"1",{},"crm.42"]'],
    ["Options that are a list", '[32,1,[],"crm.42"]'],
    ["Options that are too deep", `[32,1,{"x":${"[".repeat(100_000)}${"]".repeat(100_000)}},"crm.42"]`],
    ["Options that are null", '[16,1,null,"crm.42"]'],
    ["a topic that is a number", "[32,1,{},42]"],
    ["no topic", "[16,1,{}]"],
    ["Arguments that are a dictionary", '[16,1,{},"crm.42",{}]'],
    ["ArgumentsKw that are a list", '[16,1,{},"crm.42",[],[]]'],
    ["UNSUBSCRIBE from a topic", '[34,1,"crm.42"]'],
    ["UNREGISTER of a procedure", '[66,1,"com.add"]'],
    ["ERROR for something that is no invocation", '[8,48,1,{},"a.b"]'],
    ["ERROR without a URI", "[8,68,1,{}]"],
    ["YIELD without options", "[70,1]"],
    ["GOODBYE without a reason", "[6,{}]"],
  ])("[R31] after WELCOME: %s", async (_, frame) => {
    const node = await joined(["ann"]);
    await node.play(`
      ann > ${frame}
      ann < [3,{"message":"…"},"${violation}"]
      ann < close 1002
    `);
    expect(node.faults).toEqual([]);
  });

  it("[R31] the message says which field, and what would be right; nothing follows it", async () => {
    const node = await joined(["ann"]);
    await node.play(`
      ann > [32,-1,{},"crm.42"]
      ann > [32,1,{},"crm.42"]
      ann < [3,{"message":"SUBSCRIBE.Request must be an integer from 1 to 2^53"},"${violation}"]
      ann < close 1002
    `);
  });

  it("[R31] a binary frame where text is spoken", async () => {
    const node = await joined(["ann"]);
    node.client("ann").say(new Uint8Array([0x93, 1, 2, 3]));
    await node.play(`
      ann < [3,{"message":"wamp.2.json takes text frames, no binary ones"},"${violation}"]
      ann < close 1002
    `);
  });
});

describe("leaving", () => {
  it.each(["wamp.close.normal", "wamp.close.close_realm", "wamp.error.goodbye_and_out", "anything"])(
    "[R31] GOODBYE for whatever reason (%s) is answered, and then there is silence",
    async (reason) => {
      const node = await joined(["ann", "bob"]);
      await node.play(`
        ann > [32,1,{},"crm.42"]
        ann < [33,1,"…"]

        ann > [6,{},"${reason}"]
        ann > [16,1,{"acknowledge":true},"crm.42"]
        ann > [6,{},"${reason}"]
        bob > [16,1,{},"crm.42"]
        ann < [6,{},"wamp.close.goodbye_and_out"]
        ann < close 1000
      `);
    },
  );

  it("[R31] a client's ABORT ends it without a word", async () => {
    const node = await joined(["ann"]);
    await node.play(`
      ann > [3,{},"wamp.error.cannot_authenticate"]
      ann < close 1000
    `);
  });

  it("[R31] no GOODBYE where the client is to come back, since clients would not", async () => {
    const node = await joined(["ann"]);
    node.client("ann").session.drain(1_000);
    node.client("ann").session.close(1012, "restarting");
    expect(node.client("ann").take()).toEqual([{ type: "close", code: 1012 }]);
  });

  it("[R31] GOODBYE where it is not to come back", async () => {
    const node = await joined(["ann"]);
    node.client("ann").session.close(4503, "not you");
    await node.play(`
      ann < [6,{"message":"not you"},"wamp.error.not_authorized"]
      ann < close 4503
    `);
  });
});
