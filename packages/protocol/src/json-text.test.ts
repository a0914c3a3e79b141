import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { elementTexts, memberText, stringText } from "./index.ts";

const character = fc.oneof(
  fc.integer({ min: 0x20, max: 0x7e }),
  fc.integer({ min: 0, max: 0xffff }),
  fc.integer({ min: 0x10000, max: 0x10ffff }),
);
const anyText = fc.string({ unit: character.map((code) => String.fromCodePoint(code)) });
const space = fc.stringMatching(/^[ \t\n\r]{0,3}$/);
const keys = fc.constantFrom(
  "a",
  "b",
  "data",
  "topic",
  "",
  "__proto__",
  "\\",
  '"',
  '\\"',
  "é",
  "😀",
  "{",
  "]",
);

/** A JSON string for the text, some of its characters escaped though they need not be. */
function quoted(text: string, escape: (at: number) => boolean): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charAt(at));
  const spelt = units.map((unit, at) =>
    escape(at) ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}` : JSON.stringify(unit).slice(1, -1),
  );
  return `"${spelt.join("")}"`;
}

const word = fc
  .tuple(fc.oneof(keys, anyText), fc.integer())
  .map(([text, bits]) => quoted(text, (at) => ((bits >> (at % 31)) & 1) === 1));

/** JSON texts as no serialiser would write them: white space anywhere, escaped keys, the same key twice. */
const { json, object, array } = fc.letrec<{ json: string; object: string; array: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("null", "true", "false", "0", "-1.5e+10", "12345678901234567890", '"}"', '"\\\\"'),
    word,
    tie("object"),
    tie("array"),
  ),
  object: fc
    .array(fc.tuple(space, word, space, space, tie("json"), space), { maxLength: 6 })
    .map((members) => `{${members.map(([a, k, b, c, v, d]) => `${a}${k}${b}:${c}${v}${d}`).join(",")}}`),
  array: fc
    .array(fc.tuple(space, tie("json"), space), { maxLength: 6 })
    .map((elements) => `[${elements.map((parts) => parts.join("")).join(",")}]`),
}));

const padded = (text: fc.Arbitrary<string>) => fc.tuple(space, text, space).map((parts) => parts.join(""));

vi.setConfig({ testTimeout: 30_000 });

describe("[R4] a text as a JSON string", () => {
  it("is spelt as JSON.stringify spells it, whatever is in it", () => {
    const plain = fc.string({ unit: fc.constantFrom("a", " ", "!", "#", "[", "]", "~", "/") });
    let escaped = 0;
    fc.assert(
      fc.property(fc.oneof(plain, keys, anyText), (text) => {
        const spelt = stringText(text);
        expect(spelt).toBe(JSON.stringify(text));
        if (spelt.includes("\\")) escaped += 1;
      }),
      { numRuns: 1_000 },
    );
    expect(escaped).toBeGreaterThan(100);
  });
});

describe("[R7] data travels as it was sent", () => {
  it("a member's text is what JSON.parse reads there, whatever the spelling", () => {
    let found = 0;
    fc.assert(
      fc.property(padded(object), fc.oneof(keys, anyText), (text, key) => {
        const value = JSON.parse(text) as Record<string, unknown>;
        for (const member of [key, ...Object.keys(value)]) {
          const part = memberText(text, member);
          if (!Object.hasOwn(value, member)) {
            expect(part).toBeUndefined();
            continue;
          }
          found += 1;
          expect(JSON.parse(part as string)).toEqual(value[member]);
          expect(text).toContain(part);
        }
      }),
      { numRuns: 700 },
    );
    expect(found).toBeGreaterThan(500);
  });

  it("an array's texts are what JSON.parse reads there, whatever the spelling", () => {
    let found = 0;
    fc.assert(
      fc.property(padded(array), (text) => {
        const parts = elementTexts(text);
        found += parts.length;
        expect(parts.map((part) => JSON.parse(part) as unknown)).toEqual(JSON.parse(text));
      }),
      { numRuns: 600 },
    );
    expect(found).toBeGreaterThan(500);
  });

  it("a text within a text is cut without the white space around it, and keeps that within", () => {
    fc.assert(
      fc.property(json, space, space, (value, before, after) => {
        expect(memberText(`{"x":1,"data":${before}${value}${after}}`, "data")).toBe(value);
        expect(elementTexts(`[0,${before}${value}${after}]`)).toEqual(["0", value]);
      }),
    );
  });

  it.each([
    ["large integers keep their digits", '{"data":12345678901234567890}', "12345678901234567890"],
    ["keys keep their order", '{"data":{"2":0,"1":0}}', '{"2":0,"1":0}'],
    ["numbers keep their spelling", '{"data":1.0e2}', "1.0e2"],
    ["white space within is kept", '{"data": { "a" : 1 } }', '{ "a" : 1 }'],
    ["of a key given twice the last counts", '{"data":1,"data":2}', "2"],
    ["of a key given twice the last counts, escaped too", '{"data":1,"d\\u0061ta":2}', "2"],
    ["a key within another value is not taken", '{"x":{"data":1},"data":2,"y":[{"data":3}]}', "2"],
    ["a key within a string is not taken", '{"x":"\\"data\\":1","data":2}', "2"],
    ["a string that ends in a backslash", '{"x":"\\\\","data":2}', "2"],
  ])("%s", (_, text, part) => {
    expect(memberText(text, "data")).toBe(part);
  });

  it("__proto__ is a key like others", () => {
    expect(memberText('{"__proto__":{"data":1}}', "data")).toBeUndefined();
    expect(memberText('{"__proto__":1}', "__proto__")).toBe("1");
  });

  it("[R14] the time it takes grows with the text, not with its square: 4 MB of keys hold nobody up", () => {
    const members = Array.from({ length: 600_000 }, (_, i) => `"${i % 7}":0`).join(",");
    // With the square it would take minutes, and the test's time would be up.
    expect(memberText(`{${members},"data":1}`, "data")).toBe("1");
  });

  it("nesting of any depth is passed over without recursion", () => {
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    expect(memberText(`{"x":${deep},"data":1}`, "data")).toBe("1");
    expect(elementTexts(`[${deep},1]`)).toEqual([deep, "1"]);
  });
});
