import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { argumentsOf, dataOf } from "./arguments.ts";

const json = fc.json({ maxDepth: 2 });
const envelopeLike = fc.oneof(
  fc.constantFrom(
    '{"args":[1]}',
    '{"kwargs":{"a":1}}',
    '{"args":[],"kwargs":{}}',
    '{"args":1}',
    '{"\\u0061rgs":[null]}',
    '{ "kwargs" : { } }',
    '{"args":[1],"args":2}',
    '{"args":[1],"x":2}',
    '{"__proto__":1}',
    "{}",
    "null",
  ),
  fc.tuple(json, json).map(([a, b]) => `{"args":[${a},${b}],"kwargs":{"k":${b}}}`),
);
const argument = fc.oneof(json, envelopeLike);
const keywords = fc.oneof(
  fc.constant(undefined),
  fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
);

describe("one mapping between data and arguments, for all dialects that have arguments", () => {
  it.each([
    [[], undefined, undefined],
    [[], "{}", undefined],
    [["1"], undefined, "1"],
    [["[1,2]"], undefined, "[1,2]"],
    [['{"a":1}'], undefined, '{"a":1}'],
    [["{}"], undefined, "{}"],
    [["12345678901234567890"], undefined, "12345678901234567890"],
    [["null"], undefined, '{"args":[null]}'],
    [['{"args":[1]}'], undefined, '{"args":[{"args":[1]}]}'],
    [['{"kwargs":{}}'], undefined, '{"args":[{"kwargs":{}}]}'],
    [['{"args":1}'], undefined, '{"args":1}'],
    [['{"args":[],"x":1}'], undefined, '{"args":[],"x":1}'],
    [["1", "2"], undefined, '{"args":[1,2]}'],
    [["1"], '{"a":12345678901234567890}', '{"args":[1],"kwargs":{"a":12345678901234567890}}'],
    [[], '{"a":1}', '{"kwargs":{"a":1}}'],
  ])("%j and %s are %s", (args, kwargs, data) => {
    expect(dataOf(args, kwargs)).toBe(data);
  });

  it.each([
    [undefined, [], undefined],
    ["null", [], undefined],
    ['"x"', ['"x"'], undefined],
    ['{"a":1}', ['{"a":1}'], undefined],
    ['{"args":[1, {"b":2}]}', ["1", '{"b":2}'], undefined],
    ['{"kwargs":{"a":1},"args":[]}', [], '{"a":1}'],
    ['{ "\\u0061rgs" : [1] }', ["1"], undefined],
    ['{"args":[1],"args":2}', ['{"args":[1],"args":2}'], undefined],
    ['{"args":[1],"kwargs":[]}', ['{"args":[1],"kwargs":[]}'], undefined],
    ['{"kwargs":null}', ['{"kwargs":null}'], undefined],
  ])("%s stands for %j and %s", (data, args, kwargs) => {
    expect(argumentsOf(data)).toEqual({ args, ...(kwargs !== undefined && { kwargs }) });
  });

  it("arguments come back as they were, whatever they are", () => {
    let envelopes = 0;
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 3 }), keywords, (args, kwargs) => {
        const data = dataOf(args, kwargs);
        if (data?.startsWith('{"args"') === true || data?.startsWith('{"kwargs"') === true) envelopes += 1;
        const back = argumentsOf(data);
        expect(back.args).toEqual(args);
        expect(back.kwargs).toBe(kwargs === "{}" ? undefined : kwargs);
      }),
      { numRuns: 400 },
    );
    expect(envelopes).toBeGreaterThan(80);
  });

  it("data that is no envelope comes back as it was", () => {
    fc.assert(
      fc.property(json, (data) => {
        const { args, kwargs } = argumentsOf(data);
        const back = dataOf(args, kwargs);
        expect(back ?? "null").toBe(data);
      }),
      { numRuns: 500 },
    );
  });
});
