import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  crmIdOfTopic,
  crmIdSchema,
  isCrmId,
  isReserved,
  isTopic,
  nameBytesMax,
  nameSchema,
  topicBytesMax,
  topicOfCrmId,
  topicSchema,
  utf8Bytes,
} from "./index.ts";

/** Characters of one, two, three and four bytes. */
const character = fc.oneof(
  fc.integer({ min: 0x21, max: 0x7e }),
  fc.integer({ min: 0, max: 0x7ff }),
  fc.integer({ min: 0, max: 0xd7ff }),
  fc.integer({ min: 0xe000, max: 0x10ffff }),
);
const words = fc.string({ unit: character.map((code) => String.fromCodePoint(code)), minLength: 1 });

const isName = (text: string) => nameSchema.safeParse(text).success;

vi.setConfig({ testTimeout: 30_000 });

describe("[R1] the grammar of addresses", () => {
  it.each([
    "a",
    "crm.42",
    "orders.eu.new",
    "http://example.com/simple#topic",
    "*",
    ">",
    "a.*.>",
    "ключ",
    "😀",
  ])("%j is a topic and a name", (text) => {
    expect(isTopic(text)).toBe(true);
    expect(topicSchema.safeParse(text).success).toBe(true);
    expect(isName(text)).toBe(true);
  });

  it.each([
    ["nothing", ""],
    ["a space", "a b"],
    ["a space at its end", "a "],
    ["a tab", "a\tb"],
    ["a line feed", "a\n"],
    ["a NUL", "a\0"],
    ["DEL", "a\x7f"],
    ["a control character of C1", "a\x85"],
    ["a no-break space", "a\u00a0b"],
    ["an ideographic space", "a\u3000b"],
    ["a line separator", "a\u2028b"],
    ["a byte order mark", "\ufeffa"],
    ["a high surrogate alone", "a\ud83d"],
    ["a low surrogate alone", "\ude00a"],
    ["surrogates in the wrong order", "\ude00\ud83d"],
  ])("a text with %s is no topic and no name", (_, text) => {
    expect(isTopic(text)).toBe(false);
    expect(topicSchema.safeParse(text).success).toBe(false);
    expect(isName(text)).toBe(false);
  });

  it.each([
    ["a", 1],
    ["é", 2],
    ["€", 3],
    ["😀", 4],
  ])("lengths count bytes of UTF-8: as many %j as fit, and one more does not", (letter, bytes) => {
    for (const [fits, most] of [
      [isTopic, topicBytesMax],
      [isName, nameBytesMax],
    ] as const) {
      const longest = letter.repeat(Math.floor(most / bytes));
      const full = longest + "x".repeat(most - utf8Bytes(longest));
      expect(fits(full)).toBe(true);
      expect(fits(`${full}x`)).toBe(false);
    }
  });

  it("a topic has at most 255 bytes, a name at most 128", () => {
    expect([topicBytesMax, nameBytesMax]).toEqual([255, 128]);
  });

  it.each(["0", "42", "A-Z_09", "-", "_", "x".repeat(64)])("%j is a crmId", (crmId) => {
    expect(isCrmId(crmId)).toBe(true);
    expect(crmIdSchema.safeParse(crmId).success).toBe(true);
  });

  it.each(["", "x".repeat(65), "4 2", "42\n", "a.b", "a/b", "é", "４２", "*", "a,b"])(
    "%j is no crmId",
    (crmId) => {
      expect(isCrmId(crmId)).toBe(false);
      expect(crmIdSchema.safeParse(crmId).success).toBe(false);
    },
  );

  it("a number is no crmId: ids are texts", () => {
    expect(crmIdSchema.safeParse(42).success).toBe(false);
  });

  it("a crmId's topic is crm. and the id, and leads back to it", () => {
    expect(topicOfCrmId("42")).toBe("crm.42");
    expect(crmIdOfTopic("crm.42")).toBe("42");
  });

  it.each(["crm", "crm.", "crm.a.b", "CRM.42", "xcrm.42", "crm.42 ", `crm.${"x".repeat(65)}`])(
    "%j belongs to no CRM record",
    (topic) => {
      expect(crmIdOfTopic(topic)).toBeUndefined();
    },
  );

  it.each([
    ["switchboard.sessions", true],
    ["wamp.session.count", true],
    ["switchboard", false],
    ["wampum.x", false],
    ["my.wamp.x", false],
  ])("%j is reserved: %s", (topic, reserved) => {
    expect(isReserved(topic)).toBe(reserved);
  });

  it("bytes are counted as an encoder counts them, lone surrogates too", () => {
    const withLoneSurrogates = fc
      .array(
        fc.oneof(
          words,
          fc.integer({ min: 0xd700, max: 0xe0ff }).map((unit) => String.fromCharCode(unit)),
        ),
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(withLoneSurrogates, (given) => {
        expect(utf8Bytes(given)).toBe(new TextEncoder().encode(given).length);
      }),
      { numRuns: 500 },
    );
  });

  it("whatever is a topic survives an encoder, and is no longer than it may be", () => {
    let topics = 0;
    fc.assert(
      fc.property(words, (given) => {
        if (!isTopic(given)) return;
        topics += 1;
        const bytes = new TextEncoder().encode(given);
        expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)).toBe(given);
        expect(bytes.length).toBeLessThanOrEqual(topicBytesMax);
        expect(/\s/.test(given)).toBe(false);
      }),
      { numRuns: 500 },
    );
    expect(topics).toBeGreaterThan(50);
  });
});
