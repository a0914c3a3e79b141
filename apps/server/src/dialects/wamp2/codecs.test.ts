import { decode as decodeMsgpack, encode as encodeMsgpack } from "@msgpack/msgpack";
import { decode as decodeCbor, encode as encodeCbor } from "cborg";
import { describe, expect, it } from "vitest";
import type { Frame } from "../../core/frame.ts";
import { TestNode } from "../../../test/harness.ts";
import { join, wamp2Json } from "../../../test/wamp2.ts";
import { cborCodec } from "./cbor-codec.ts";
import { msgpackCodec } from "./msgpack-codec.ts";
import { wamp2 } from "./wamp2.ts";

const hello = [1, "realm1", { roles: { publisher: {}, subscriber: {} }, agent: undefined }];
const violation = "wamp.error.protocol_violation";

const spellings = {
  msgpack: {
    codec: msgpackCodec,
    encode: (value: unknown): Uint8Array<ArrayBuffer> =>
      encodeMsgpack(value, { useBigInt64: true, maxDepth: 1e4 }),
    decode: (frame: Frame) => decodeMsgpack(frame as Uint8Array, { useBigInt64: true }),
  },
  cbor: {
    codec: cborCodec,
    encode: (value: unknown): Uint8Array<ArrayBuffer> => encodeCbor(value),
    decode: (frame: Frame): unknown => decodeCbor(frame as Uint8Array),
  },
};

/** A listener `bob` in the spelling and one, `jon`, in JSON, both of the topic `t`. */
async function listening({ codec, encode, decode }: (typeof spellings)["cbor"]) {
  const node = new TestNode({ dialect: wamp2Json });
  await join(node, "jon");
  const jon = node.client("jon");
  const bob = node.open("bob", [], wamp2(codec), decode);
  bob.say(encode(hello));
  bob.say(encode([32, 1, { match: undefined, get_retained: null }, "t"]));
  jon.say('[32,1,{},"t"]');
  await node.settle();
  expect(bob.take()).toMatchObject([
    [2, expect.anything(), { realm: "realm1" }],
    [33, 1, 1],
  ]);
  jon.take();
  return { node, jon, bob };
}

describe.each(["msgpack", "cbor"] as const)("wamp.2.%s", (name) => {
  const spelling = spellings[name];
  const { encode } = spelling;

  it("[R31] values that JSON has arrive as they are, integers as integers", async () => {
    const { node, jon, bob } = await listening(spelling);
    jon.say(
      '[16,1,{},"t",[1,-1,1.5,4294967296,-4294967297,1700000000000,9007199254740993,18446744073709551615,null,true,"é"],{"a":{"b":[]}}]',
    );
    await node.settle();
    const [event] = bob.take() as unknown as unknown[][];
    const big = [4294967296, -4294967297, 1700000000000].map((one) => (name === "cbor" ? one : BigInt(one)));
    expect(event?.slice(4)).toEqual([
      [1, -1, 1.5, ...big, 9007199254740993n, 18446744073709551615n, null, true, "é"],
      { a: { b: [] } },
    ]);
  });

  it("[R31] binary data is a text of \\u0000 and base64 for JSON, and becomes binary again", async () => {
    const { node, jon, bob } = await listening(spelling);
    bob.say(
      encode([16, 1, { exclude_me: false }, "t", [new Uint8Array([1, 2, 255])], { k: [new Uint8Array(0)] }]),
    );
    await node.settle();
    expect(jon.socket.texts.at(-1)).toContain(',["\\u0000AQL/"],{"k":["\\u0000"]}]');
    const [event] = bob.take() as unknown as unknown[][];
    expect(event?.slice(4)).toEqual([[new Uint8Array([1, 2, 255])], { k: [new Uint8Array(0)] }]);
    jon.say('[16,1,{},"t",["\\u0000no base64!"]]');
    await node.settle();
    expect(bob.take()).toMatchObject([[36, 1, expect.anything(), {}, ["\u0000no base64!"]]]);
  });

  it("[R31] big integers, undefined, and numbers that JSON does not have", async () => {
    const { node, jon, bob } = await listening(spelling);
    bob.say(
      encode([16, 1, {}, "t", [9007199254740993n, -9223372036854775808n, undefined, NaN], { x: undefined }]),
    );
    await node.settle();
    const payload = /\{\},(.*)\]$/.exec(jon.socket.texts.at(-1) ?? "")?.[1];
    expect(payload).toMatch(/^\[9007199254740993,-9223372036854775808,null,null\](,\{"x":null\})?$/);
  });

  it("[R31] ids are read as any number that is one", async () => {
    const { node, bob } = await listening(spelling);
    bob.say(encode([16, name === "cbor" ? 2 ** 40 : BigInt(2 ** 40), { acknowledge: true }, "t"]));
    await node.settle();
    expect(bob.take()).toMatchObject([[17, name === "cbor" ? 2 ** 40 : BigInt(2 ** 40), expect.anything()]]);
  });

  it("[R31] what is nested too deeply to be spelled arrives as its JSON text", async () => {
    const { node, jon, bob } = await listening(spelling);
    const deep = "[".repeat(60_000) + "]".repeat(60_000);
    jon.say(`[16,1,{},"t",[${deep}]]`);
    jon.say('[16,2,{},"t",["next"]]');
    await node.settle();
    const heard = bob.take() as unknown as unknown[][];
    expect(heard.map((event) => (event[4] as string[])[0] === deep)).toEqual([true, false]);
    expect(node.faults).toEqual([]);
  });

  it.each([
    ["text", '[32,2,{},"t"]'],
    ["nothing", new Uint8Array(0)],
    ["bytes without sense", new Uint8Array([0xc1, 0xff, 0xff])],
    ["a map", encode({ a: 1 })],
    ["JSON's bytes", new TextEncoder().encode('[32,2,{},"t"]')],
    ["a message cut short", encode([32, 2, {}, "some.topic"]).slice(0, -3)],
    ["a message, and more", new Uint8Array([...encode([32, 2, {}, "t"]), 1])],
    ["the other's bytes", name === "cbor" ? encodeMsgpack([32, 2, {}, "t"]) : encodeCbor([32, 2, {}, "t"])],
  ])("[R31] %s is a violation", async (_, frame) => {
    const { node, bob } = await listening(spelling);
    bob.say(frame);
    await node.settle();
    expect(bob.take()).toMatchObject([[3, {}, violation], { type: "close", code: 1002 }]);
    expect(node.faults).toEqual([]);
  });
});

describe("wamp.2.msgpack", () => {
  const bytes = (...parts: readonly (number | readonly number[])[]) => new Uint8Array(parts.flat());
  const publish = [0x95, 0x10, 0x01, 0x80, 0xa1, 0x74];

  it.each([
    ["undefined", bytes(publish, 0x91, 0xd4, 0, 0), ",[null]]"],
    [
      "64-bit codes and ids",
      bytes(0x95, 0xcf, 0, 0, 0, 0, 0, 0, 0, 16, 1, 0x80, 0xa1, 0x74, 0x91, 5),
      ",[5]]",
    ],
    [
      "maps and lists with long heads",
      bytes(0xdd, 0, 0, 0, 5, 0x10, 1, 0xdf, 0, 0, 0, 0, 0xd9, 1, 0x74, 0xdc, 0, 1, 7),
      ",[7]]",
    ],
    ["an extension", bytes(publish, 0x91, 0xd5, 9, 1, 2), ',["\\u0000AQI="]]'],
  ])("[R31] takes %s", async (_, frame, payload) => {
    const { node, jon, bob } = await listening(spellings.msgpack);
    bob.say(frame);
    await node.settle();
    expect(jon.socket.texts.at(-1)).toContain(payload);
  });

  it("[R31] writes integers in their smallest form", async () => {
    const { node, bob, jon } = await listening(spellings.msgpack);
    jon.say('[16,1,{},"t",[1,200,70000]]');
    await node.settle();
    const frame = Buffer.from(bob.socket.frames.at(-1) as Uint8Array).toString("hex");
    expect(frame).toMatch(/^952401cf[0-9a-f]{16}809301ccc8ce00011170$/);
  });

  it.each([
    ["lists of 65,535 in each other", bytes(...Array.from({ length: 100_000 }, () => [0xdc, 0xff, 0xff]))],
    ["a list of 4 billion", bytes(0xdd, 0xff, 0xff, 0xff, 0xff)],
    ["a map of 4 billion", bytes(0xdf, 0xff, 0xff, 0xff, 0xff)],
    ["a text of 4 billion", bytes(publish, 0x91, 0xdb, 0xff, 0xff, 0xff, 0xff)],
    ["half a head", bytes(0xdd, 0xff)],
  ])("[R31] %s, of which little is there, cost nothing", async (_, frame) => {
    const { node, bob } = await listening(spellings.msgpack);
    bob.say(frame);
    await node.settle();
    expect(bob.take()).toMatchObject([[3, {}, violation], { type: "close" }]);
  });
});

describe("wamp.2.cbor", () => {
  const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
  const publish = "85 10 01 a0 61 74";

  it.each([
    ["float64 ids", "85 10 fb 4270000000000000 a0 61 74 81 05", ",[5]]"],
    ["undefined", `${publish} 81 f7`, ",[null]]"],
    ["indefinite lists", "9f 10 01 bf ff 61 74 9f 05 ff ff", ",[5]]"],
    ["a date", `${publish} 81 c1 1a 00000001`, ",[1]]"],
    ["big integers", `${publish} 82 c2 49 010000000000000000 c3 41 01`, ",[18446744073709551616,-2]]"],
    ["a set", `${publish} 81 d9 0102 82 01 02`, ",[[1,2]]]"],
  ])("[R31] takes %s", async (_, frame, payload) => {
    const { node, jon, bob } = await listening(spellings.cbor);
    bob.say(hex(frame));
    await node.settle();
    expect(jon.socket.texts.at(-1)).toContain(payload);
  });

  it.each([
    ["lists in each other", hex("81".repeat(200_000))],
    ["lists in each other, whole", hex(`${"81".repeat(200_000)}01`)],
    ["a list of 2^64", hex("9b ffffffffffffffff")],
    ["maps in maps", hex("a161".repeat(50_000))],
    ["an integer as key", hex(`${publish} 80 a1 01 02`)],
    ["a tag that nobody knows", hex(`${publish} 81 d9 ffff 01`)],
  ])("[R31] %s: a violation, and no more", async (_, frame) => {
    const { node, bob } = await listening(spellings.cbor);
    bob.say(frame);
    await node.settle();
    expect(bob.take()).toMatchObject([[3, {}, violation], { type: "close", code: 1002 }]);
    expect(node.faults).toEqual([]);
  });
});
