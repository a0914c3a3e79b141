import * as fc from "fast-check";
import { expect, it } from "vitest";

import { asJsonString, jsonErrorOf } from "./json-error.ts";

it("finds no error in JSON", () => {
  expect(jsonErrorOf('{"a": 9007199254740993, "a": 2}')).toBeUndefined();
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(jsonErrorOf(text)).toBeUndefined();
    }),
  );
});

it("says where and why", () => {
  expect(jsonErrorOf('{\n  "a": 1,\n  b: 2\n}')).toEqual({
    message: "Quoted object key expected but got 'b'",
    position: 14,
    line: 3,
    column: 3,
  });
  expect(jsonErrorOf("  ")).toMatchObject({ line: 1, column: 1 });
  expect(jsonErrorOf("hello")).toMatchObject({ position: 0 });
  expect(jsonErrorOf('{"a": 1')).toMatchObject({ position: 7 });
});

it("agrees with JSON.parse on what is JSON", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((text) => text.slice(0, -1)),
      ),
      (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(jsonErrorOf(text) === undefined).toBe(isJson);
      },
    ),
  );
});

it("makes a plain text a JSON string", () => {
  expect(asJsonString('say "hi"\n')).toBe('"say \\"hi\\"\\n"');
});
