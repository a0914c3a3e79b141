import * as fc from "fast-check";
import { expect, it } from "vitest";

import { compactJson, jsonTokens, prettyJson } from "./json-tokens.ts";

it("keeps numbers that no double can hold, the order of keys, and escapes", () => {
  const text = '{"id":9007199254740993,"2":1.50,"1":1e400,"s":"\\u00e9\\"}{"}';
  expect(prettyJson(text)).toBe(
    '{\n  "id": 9007199254740993,\n  "2": 1.50,\n  "1": 1e400,\n  "s": "\\u00e9\\"}{"\n}',
  );
  expect(compactJson(prettyJson(text))).toBe(text);
});

it("leaves empty objects and lists together", () => {
  expect(prettyJson('{"a":{},"b":[ ],"c":[{}]}')).toBe('{\n  "a": {},\n  "b": [],\n  "c": [\n    {}\n  ]\n}');
  expect(prettyJson("{}")).toBe("{}");
  expect(prettyJson('"plain"')).toBe('"plain"');
});

it("tells keys from strings", () => {
  expect(jsonTokens('{"a" : "b"}').filter((token) => token.kind !== "mark")).toEqual([
    { kind: "key", text: '"a"' },
    { kind: "space", text: " " },
    { kind: "space", text: " " },
    { kind: "string", text: '"b"' },
  ]);
});

it("loses no character, JSON or not", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (text) => {
      expect(
        jsonTokens(text)
          .map((token) => token.text)
          .join(""),
      ).toBe(text);
    }),
  );
});

it("lays out as JSON.stringify does", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const value: unknown = JSON.parse(text);
      expect(JSON.parse(prettyJson(text))).toEqual(value);
      expect(compactJson(prettyJson(text))).toBe(compactJson(text));
      const plain = JSON.stringify(value);
      expect(prettyJson(plain)).toBe(JSON.stringify(value, null, 2));
    }),
  );
});
