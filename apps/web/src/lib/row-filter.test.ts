import { expect, it } from "vitest";

import type { LogRow } from "./log-row.ts";
import { matcher, narrows } from "./row-filter.ts";
import { anEventRow } from "./an-event-row.fixture.ts";

const rows: LogRow[] = [
  anEventRow(1, { name: "deal.updated", text: '{"owner":"Anna"}' }),
  anEventRow(2, { name: "note", text: '"hello"', topic: "crm.43" }),
  { kind: "system", key: 3, at: 0, tone: "good", text: "Connected" },
  { kind: "system", key: 4, at: 0, tone: "warn", text: "Some messages are gone" },
];

const keysOf = (query: string, name = "") => rows.filter(matcher({ query, name })).map((row) => row.key);

it("an empty filter shows all", () => {
  expect(keysOf("")).toEqual([1, 2, 3, 4]);
  expect(keysOf("  ")).toEqual([1, 2, 3, 4]);
  expect(narrows({ query: " ", name: "" })).toBe(false);
});

it("searches data, name and line without regard to case; warnings stay", () => {
  expect(keysOf("anna")).toEqual([1, 4]);
  expect(keysOf("DEAL")).toEqual([1, 4]);
  expect(keysOf("43")).toEqual([2, 4]);
  expect(keysOf("connected")).toEqual([3, 4]);
});

it("a name is the whole name", () => {
  expect(keysOf("", "note")).toEqual([2, 4]);
  expect(keysOf("", "not")).toEqual([4]);
  expect(keysOf("anna", "note")).toEqual([4]);
});
