import { closeCodes, downFrameSchema } from "@switchboard/protocol";
import type { Codec } from "../../src/dialects/wamp2/codec.ts";
import { cborCodec } from "../../src/dialects/wamp2/cbor-codec.ts";
import { jsonCodec } from "../../src/dialects/wamp2/json-codec.ts";
import { msgpackCodec } from "../../src/dialects/wamp2/msgpack-codec.ts";

/** What travels in a WebSocket's frame. */
export type Said = string | Uint8Array<ArrayBuffer>;

/** A dialect, as the fuzz speaks it. */
export interface Language {
  readonly name: string;
  readonly path: string;
  readonly protocols: string[];
  /** Said first on each connection. */
  readonly opening: readonly unknown[];
  /** Messages that are right, to be made wrong. */
  readonly good: readonly unknown[];
  readonly spell: (message: unknown) => Said;
  /** What the server said. @throws where it is not of this language, or refuses without a name */
  readonly read: (frame: Said) => unknown;
  /** A request that is answered whatever went before. */
  readonly marker: (number: number) => unknown;
  readonly answers: (heard: unknown, number: number) => boolean;
  /** The codes that may end it. */
  readonly ends: readonly number[];
}

/** Codes of the WebSocket itself: agreed upon, broken protocol, wrong kind, no UTF-8, too large. */
const ofWebSocket = [1000, 1002, 1003, 1007, 1009];
const { rateLimited, badFrame, replaced, forbidden, unauthenticated } = closeCodes;

const native: Language = {
  name: "switchboard.1",
  path: "/ws?crmId=1,2",
  protocols: ["switchboard.1"],
  opening: [],
  good: [
    { type: "hello", crmIds: ["1"], client: "fuzz" },
    { type: "subscribe", id: 1, topic: "crm.1", presence: true },
    { type: "subscribe", id: 2, topic: "crm.", match: "prefix" },
    { type: "subscribe", id: 3, topic: "a.*.>", match: "wildcard" },
    { type: "subscribe", id: 4, topic: "crm.2", since: { epoch: "e", offset: 3 } },
    { type: "subscribe", id: 5, topic: "crm.1", last: 3 },
    { type: "unsubscribe", id: 6, topic: "crm.1" },
    { type: "publish", id: 7, topic: "crm.1", data: { text: "héllo 😀", list: [1, null, true] } },
    { type: "publish", id: 8, crmIds: ["1", "2"], data: "x", name: "n", key: "k", echo: true, receipt: 10 },
    { type: "publish", id: 9, topic: "a.b", data: 1, exclude: ["s"], eligible: ["t"], onlyCrmIds: ["1"] },
    { type: "ack", ack: "t" },
    { type: "register", id: 10, procedure: "p", invoke: "roundrobin" },
    { type: "call", id: 11, procedure: "p", data: [1], timeout: 50, progress: true },
    { type: "call", id: 12, procedure: "switchboard.sessions" },
    { type: "cancel", id: 11 },
    { type: "yield", id: 1, data: 1, progress: true },
    { type: "error", id: 1, code: "c", message: "m" },
    { type: "unregister", id: 14, procedure: "p" },
    { type: "refresh", id: 15, token: "t" },
    { type: "ping", id: 16 },
  ],
  spell: (message) => JSON.stringify(message),
  read(frame) {
    const text = textOf(frame);
    const heard = downFrameSchema.parse(JSON.parse(text));
    // A callee says codes of its own.
    if (heard.type === "error" && (heard.code === "" || heard.code === "internal"))
      throw new Error(`a refusal without a name: ${text}`);
    return heard;
  },
  marker: (number) => ({ type: "ping", id: number }),
  answers: (heard, number) => {
    const { type, id } = heard as { type: string; id?: number };
    return type === "pong" && id === number;
  },
  ends: [...ofWebSocket, rateLimited.code, badFrame.code, replaced.code],
};

const wamp1: Language = {
  name: "wamp",
  path: "/?crmId=1",
  protocols: ["wamp"],
  opening: [],
  good: [
    [1, "p", "http://example.com/"],
    [2, "c1", "p", 1, "two", { three: 3 }],
    [2, "c2", "switchboard.sessions"],
    [5, "p:topic"],
    [5, "crm.2"],
    [6, "p:topic"],
    [7, "crm.1", { text: "héllo 😀" }],
    [7, "p:topic", [1, 2], true],
    [7, "p:topic", "x", ["a"], ["b"]],
  ],
  spell: (message) => JSON.stringify(message),
  read(frame) {
    const text = textOf(frame);
    const heard = JSON.parse(text) as unknown[];
    if (![0, 3, 4, 8].includes(heard[0] as number)) throw new Error(`this is no message: ${text}`);
    if (heard[0] === 4 && (typeof heard[2] !== "string" || heard[2] === "" || /internal/.test(heard[2])))
      throw new Error(`a refusal without a name: ${text}`);
    return heard;
  },
  marker: (number) => [2, `marker${number}`, "no.such.procedure"],
  answers: (heard, number) => (heard as unknown[])[1] === `marker${number}`,
  ends: [...ofWebSocket, 1006, badFrame.code, forbidden.code],
};

function wamp2(codec: Codec, spell: Language["spell"]): Language {
  const name = `wamp.2.${codec.name}`;
  return {
    name,
    path: "/ws",
    protocols: [name],
    opening: [[1, "realm1", { roles: { publisher: {}, subscriber: {}, caller: {}, callee: {} } }]],
    good: [
      [1, "realm1", { roles: { caller: {} } }],
      [3, {}, "wamp.close.normal"],
      [6, {}, "wamp.close.close_realm"],
      [8, 68, 1, {}, "some.error", [1], { a: 1 }],
      [16, 1, { acknowledge: true, exclude: [1], eligible: [2] }, "crm.1", ["héllo 😀"], { a: 1 }],
      [16, 2, { acknowledge: true, exclude_me: false, retain: true }, "com.topic"],
      [32, 3, { match: "prefix" }, "com."],
      [32, 4, { match: "wildcard" }, "com..x"],
      [32, 5, { get_retained: true }, "com.topic"],
      [34, 6, 123],
      [48, 7, { timeout: 50, receive_progress: true, disclose_me: true }, "com.p", [1], { a: 2 }],
      [49, 7, { mode: "kill" }],
      [64, 8, { invoke: "roundrobin" }, "com.p"],
      [66, 9, 123],
      [70, 1, { progress: true }, [1]],
    ],
    spell,
    read(frame) {
      const heard = codec.decode(frame).elements;
      if (typeof heard[0] !== "number") throw new Error(`this is no message: ${JSON.stringify(heard)}`);
      const reason = heard[0] === 8 ? heard[4] : heard[0] === 3 || heard[0] === 6 ? heard[2] : "some";
      if (typeof reason !== "string" || reason === "" || /internal|runtime/.test(reason))
        throw new Error(`a refusal without a name: ${JSON.stringify(heard)}`);
      return heard;
    },
    marker: (number) => [48, 1_000_000 + number, {}, "no.such.procedure"],
    answers: (heard, number) => {
      const [code, , request] = heard as unknown[];
      return code === 8 && request === 1_000_000 + number;
    },
    ends: [...ofWebSocket, forbidden.code, unauthenticated.code, badFrame.code],
  };
}

const pusher: Language = {
  name: "pusher 7",
  path: "/app/fuzzkey?protocol=7",
  protocols: [],
  opening: [],
  good: [
    { event: "pusher:pong", data: {} },
    { event: "pusher:subscribe", data: { channel: "news" } },
    { event: "pusher:subscribe", data: { channel: "private-crm.1", auth: "fuzzkey:00" } },
    {
      event: "pusher:subscribe",
      data: { channel: "presence-a", auth: "fuzzkey:00", channel_data: '{"user_id":"1"}' },
    },
    { event: "pusher:subscribe", data: '{"channel":"cache-news"}' },
    { event: "pusher:unsubscribe", data: { channel: "news" } },
    { event: "pusher:signin", data: { auth: "fuzzkey:00", user_data: '{"id":"1"}' } },
    { event: "client-typing", channel: "private-crm.1", data: { text: "héllo 😀" } },
  ],
  spell: (message) => JSON.stringify(message),
  read(frame) {
    const text = textOf(frame);
    const heard = JSON.parse(text) as { event?: unknown; data?: { message?: unknown } };
    if (typeof heard.event !== "string") throw new Error(`this is no event: ${text}`);
    if (heard.event === "pusher:error" && !/\w.*\w/.test(String(heard.data?.message)))
      throw new Error(`a refusal without a name: ${text}`);
    return heard;
  },
  marker: () => ({ event: "pusher:ping", data: {} }),
  answers: (heard) => (heard as { event: string }).event === "pusher:pong",
  ends: [...ofWebSocket, 4009, 4100],
};

const asJson = (message: unknown) => JSON.stringify(message);
const asBytes = (codec: Codec) => (message: unknown) =>
  codec.encode(Array.isArray(message) ? message : [message], { args: [] });

function textOf(frame: Said): string {
  return typeof frame === "string" ? frame : new TextDecoder().decode(frame);
}

/** Every language that is spoken; a new one joins by a line. */
export const languages: readonly Language[] = [
  native,
  wamp1,
  wamp2(jsonCodec, asJson),
  wamp2(msgpackCodec, asBytes(msgpackCodec)),
  wamp2(cborCodec, asBytes(cborCodec)),
  pusher,
];
