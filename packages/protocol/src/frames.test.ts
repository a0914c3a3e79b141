import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  downFrameSchema,
  explainIssues,
  isPlainPublish,
  publishBodySchema,
  upFrameSchema,
  upFrameSchemas,
} from "./index.ts";

const id = 1;
const topic = "a.b";
const since = { epoch: "e", offset: 0 };
const crmIds = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);

/** What is wrong with the frame, or that it is right. */
function verdict(frame: object): string {
  const read = upFrameSchema.safeParse(frame);
  return read.success ? "right" : explainIssues(read.error.issues);
}

describe("[R4] frames that a client may send", () => {
  it.each([
    { type: "hello" },
    { type: "hello", token: "t", crmIds: [], client: "c", resume: "r" },
    { type: "hello", crmIds: crmIds(100) },
    { type: "subscribe", id, topic },
    { type: "subscribe", id: Number.MAX_SAFE_INTEGER, topic, match: "exact", since, presence: true },
    { type: "subscribe", id, topic, last: 100_000 },
    { type: "subscribe", id, topic, match: "prefix" },
    { type: "subscribe", id, topic: "a.*.>", match: "wildcard" },
    { type: "subscribe", id, topic: "a.>.b", match: "prefix" },
    { type: "unsubscribe", id, topic, match: "wildcard" },
    { type: "publish", topic, data: null },
    { type: "publish", topic, data: 0 },
    {
      type: "publish",
      id,
      crmIds: ["42", "42"],
      name: "n",
      data: {},
      key: "k",
      receipt: 60_000,
      count: true,
    },
    { type: "publish", topic, data: "", exclude: [], eligible: ["s"], onlyCrmIds: ["1"], echo: true },
    { type: "ack", ack: "t" },
    { type: "call", id, procedure: "p", data: [], timeout: 600_000, progress: true },
    { type: "call", id, procedure: "p" },
    { type: "cancel", id },
    { type: "register", id, procedure: "p", invoke: "roundrobin" },
    { type: "unregister", id, procedure: "p" },
    { type: "yield", id, progress: false },
    { type: "error", id, code: "c", message: "" },
    { type: "refresh", id, token: "t" },
    { type: "ping", id },
  ])("$type is right: %j", (frame) => {
    expect(verdict(frame)).toBe("right");
    expect(verdict({ ...frame, unknown: 1 })).toBe("right");
  });

  it("every type has an example above, and there are no others", () => {
    expect(Object.keys(upFrameSchemas).toSorted().join(" ")).toBe(
      "ack call cancel error hello ping publish refresh register subscribe unregister unsubscribe yield",
    );
  });

  it.each([
    ["type", {}],
    ["type", { type: "welcome" }],
    ["type", { type: "Ping", id }],
    ["type", { type: ["ping"], id }],
    ["token", { type: "hello", token: 1 }],
    ["token", { type: "hello", token: "x".repeat(16_385) }],
    ["crmIds", { type: "hello", crmIds: "42" }],
    ["crmIds[1]", { type: "hello", crmIds: ["42", "4 2"] }],
    ["crmIds[0]", { type: "hello", crmIds: [42] }],
    ["crmIds", { type: "hello", crmIds: crmIds(101) }],
    ["client", { type: "hello", client: "x".repeat(257) }],
    ["resume", { type: "hello", resume: "x".repeat(513) }],
    ["id", { type: "ping" }],
    ["id", { type: "ping", id: 0 }],
    ["id", { type: "ping", id: -1 }],
    ["id", { type: "ping", id: 1.5 }],
    ["id", { type: "ping", id: "1" }],
    ["id", { type: "ping", id: 2 ** 53 }],
    ["id", { type: "ping", id: null }],
    ["topic", { type: "subscribe", id }],
    ["topic", { type: "subscribe", id, topic: "" }],
    ["topic", { type: "subscribe", id, topic: "a b" }],
    ["topic", { type: "subscribe", id, topic: "a.>.b", match: "wildcard" }],
    ["match", { type: "subscribe", id, topic, match: "regex" }],
    ["since.epoch", { type: "subscribe", id, topic, since: { offset: 1 } }],
    ["since.epoch", { type: "subscribe", id, topic, since: { epoch: "", offset: 1 } }],
    ["since.offset", { type: "subscribe", id, topic, since: { epoch: "e", offset: -1 } }],
    ["since.offset", { type: "subscribe", id, topic, since: { epoch: "e", offset: 1.5 } }],
    ["since", { type: "subscribe", id, topic, since: 1 }],
    ["last", { type: "subscribe", id, topic, last: 0 }],
    ["last", { type: "subscribe", id, topic, last: 100_001 }],
    ["last", { type: "subscribe", id, topic, last: 1, since }],
    ["since", { type: "subscribe", id, topic, match: "prefix", since }],
    ["last", { type: "subscribe", id, topic, match: "wildcard", last: 1 }],
    ["presence", { type: "subscribe", id, topic, match: "prefix", presence: false }],
    ["presence", { type: "subscribe", id, topic, presence: 1 }],
    ["topic", { type: "unsubscribe", id }],
    ["match", { type: "unsubscribe", id, topic, match: null }],
    ["topic", { type: "publish", id, data: 1 }],
    ["topic", { type: "publish", id, topic, crmIds: ["1"], data: 1 }],
    ["crmIds", { type: "publish", id, crmIds: [], data: 1 }],
    ["crmIds", { type: "publish", id, crmIds: crmIds(101), data: 1 }],
    ["crmIds[0]", { type: "publish", id, crmIds: ["a.b"], data: 1 }],
    ["data", { type: "publish", id, topic }],
    ["name", { type: "publish", id, topic, data: 1, name: "" }],
    ["name", { type: "publish", id, topic, data: 1, name: "x".repeat(129) }],
    ["exclude[0]", { type: "publish", id, topic, data: 1, exclude: [""] }],
    ["exclude", { type: "publish", id, topic, data: 1, exclude: crmIds(1_001) }],
    ["eligible", { type: "publish", id, topic, data: 1, eligible: "s" }],
    ["onlyCrmIds", { type: "publish", id, topic, data: 1, onlyCrmIds: [] }],
    ["echo", { type: "publish", id, topic, data: 1, echo: "yes" }],
    ["key", { type: "publish", id, topic, data: 1, key: "" }],
    ["key", { type: "publish", id, topic, data: 1, key: "x".repeat(129) }],
    ["receipt", { type: "publish", id, topic, data: 1, receipt: 60_001 }],
    ["count", { type: "publish", id, topic, data: 1, count: 1 }],
    ["ack", { type: "ack" }],
    ["procedure", { type: "call", id, procedure: "" }],
    ["timeout", { type: "call", id, procedure: "p", timeout: 600_001 }],
    ["progress", { type: "call", id, procedure: "p", progress: 1 }],
    ["id", { type: "cancel" }],
    ["invoke", { type: "register", id, procedure: "p", invoke: "all" }],
    ["procedure", { type: "unregister", id }],
    ["id", { type: "yield" }],
    ["code", { type: "error", id, message: "m" }],
    ["message", { type: "error", id, code: "c", message: "x".repeat(4_097) }],
    ["token", { type: "refresh", id }],
  ])("the message names %s: %j", (field, frame) => {
    expect(verdict(frame).split(": ")[0]).toBe(field);
  });

  it("a plain publish is what the schema finds right, as it stands; of all others the schema is asked", () => {
    const texts = fc.constantFrom(
      "a.b",
      "",
      "a b",
      "é",
      "\ud800",
      "x".repeat(128),
      "x".repeat(129),
      "x".repeat(256),
    );
    const odd = fc.constantFrom(null, true, 0, -1, 1.5, 2 ** 53, [], {});
    const anything = fc.oneof(texts, odd, fc.constant(id));
    const optional = fc.option(anything, { nil: undefined });
    const likely = fc.oneof({ weight: 2, arbitrary: fc.constant(topic) }, anything);
    const plain = fc.record({ type: fc.constant("publish"), topic: likely, data: optional });
    const numbered = fc.record({ id: optional, name: optional }, { requiredKeys: [] });
    const more = fc.oneof(
      fc.constant({}),
      fc.constantFrom({ crmIds: ["1"] }, { echo: true }, { key: "" }, { unknown: 1 }),
    );
    const seen = { plain: 0, right: 0, wrong: 0 };
    fc.assert(
      fc.property(plain, numbered, more, (one, other, another) => {
        const frame = { ...one, ...other, ...another };
        const read = upFrameSchemas.publish.safeParse(frame);
        if (isPlainPublish(frame)) {
          seen.plain += 1;
          expect(read.data).toStrictEqual(frame);
        } else if (read.success) {
          seen.right += 1;
          expect(another).not.toEqual({});
        } else seen.wrong += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(30);
  });

  it("over HTTP a publish is the same without type and id", () => {
    expect(publishBodySchema.safeParse({ crmIds: ["42"], data: { text: "hello" } }).success).toBe(true);
    expect(publishBodySchema.safeParse({ data: 1 }).success).toBe(false);
    expect(publishBodySchema.safeParse({ topic, crmIds: ["1"], data: 1 }).success).toBe(false);
    expect(publishBodySchema.safeParse({ topic }).success).toBe(false);
  });
});

describe("frames that a server may send", () => {
  const event = { type: "event", topic, name: "n", offset: 1, time: 1, publication: "p", data: null };
  const result = { topic, epoch: "e", offset: 1 };

  it.each([
    {
      type: "welcome",
      session: "s",
      resume: "r",
      crmIds: [],
      server: "s",
      version: "1",
      heartbeat: 1,
      limits: { a: 1 },
    },
    { type: "subscribed", id, topic, epoch: "", offset: 0 },
    { type: "subscribed", id, topic, epoch: "e", offset: 9, recovered: false },
    { type: "unsubscribed", id },
    { type: "pong", id },
    event,
    {
      type: "published",
      id,
      publication: "p",
      results: [result, { ...result, receivers: 0, duplicate: true }],
    },
    { type: "draining", retryAfter: 1 },
    { type: "presence", topic, joined: [{ session: "s" }], left: [] },
    { type: "error", code: "a_code_of_later", message: "m", retryAfter: 1 },
  ])("$type is right: %j", (frame) => {
    expect(downFrameSchema.safeParse(frame).success).toBe(true);
  });

  it.each([
    ["offset", { ...event, offset: -1 }],
    ["topic", { ...event, topic: "a b" }],
    ["publication", { ...event, publication: undefined }],
    [
      "results[0].receivers",
      { type: "published", id, publication: "p", results: [{ ...result, receivers: -1 }] },
    ],
    ["id", { type: "pong" }],
    ["message", { type: "error", code: "c" }],
  ])("%s is wrong: %j", (field, frame) => {
    const read = downFrameSchema.safeParse(frame);
    expect(explainIssues(read.error?.issues ?? []).split(": ")[0]).toBe(field);
  });
});
