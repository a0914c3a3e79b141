import { expect, it } from "vitest";

import { schemaCheck } from "./schema-check.ts";

const check = schemaCheck({
  type: "object",
  properties: {
    amount: { type: "number", minimum: 0 },
    stage: { enum: ["open", "won"] },
    lines: { type: "array", items: { type: "object", properties: { price: { type: "integer" } } } },
    who: { anyOf: [{ type: "string" }, { type: "null" }] },
  },
  required: ["amount"],
  additionalProperties: false,
});
const found = (text: string) => check(text).map(({ from, to, message }) => [text.slice(from, to), message]);

it("[R23] finds nothing in what the schema allows", () => {
  expect(found('{"amount": 12345678901234567890, "lines": [], "who": null}')).toEqual([]);
});

it("[R23] says where what is at fault stands, and what would be right", () => {
  expect(found('{"amount": "7"}')).toEqual([['"7"', "data.amount must be number, not string"]]);
  expect(found("{ }")).toEqual([["{", 'data needs "amount"']]);
  expect(found('{"amount": 1, "amonut": 2}')).toEqual([["2", "data.amonut is not in the contract"]]);
  expect(found('{"amount": 1, "stage": "lost"}')).toEqual([
    ['"lost"', 'data.stage must be one of "open","won"'],
  ]);
  expect(found('{"amount": -1}')).toEqual([["-1", "data.amount is not right: -1 is less than 0"]]);
  expect(found('{"amount": 1, "who": 5}')).toEqual([
    ["5", "data.who fits none of the forms that are allowed"],
  ]);
  expect(found('{"amount": 1, "lines": [{}, {"price": "x"}]}')).toEqual([
    ['"x"', "data.lines[1].price must be integer, not string"],
  ]);
  expect(found("[]")).toEqual([["[]", "data must be object, not array"]]);
});
