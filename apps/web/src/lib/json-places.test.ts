import { expect, it } from "vitest";

import { jsonPlaces } from "./json-places.ts";

it("finds each value by its pointer, as it was written", () => {
  const text = '{ "a": [1, {"b/c": "x"}], "~": [], "a2": 12345678901234567890 }';
  const found = Object.fromEntries(
    [...jsonPlaces(text)].map(([pointer, { from, to }]) => [pointer, text.slice(from, to)]),
  );
  expect(found).toEqual({
    "": text,
    "/a": '[1, {"b/c": "x"}]',
    "/a/0": "1",
    "/a/1": '{"b/c": "x"}',
    "/a/1/b~1c": '"x"',
    "/~0": "[]",
    "/a2": "12345678901234567890",
  });
  expect([...jsonPlaces(' "only" ')]).toEqual([["", { from: 1, to: 7 }]]);
});
