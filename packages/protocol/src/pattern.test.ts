import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { compilePattern, wildcardFault, type Match } from "./index.ts";

const means = (match: Match, pattern: string, topic: string) => compilePattern(pattern, match)(topic);

vi.setConfig({ testTimeout: 30_000 });

describe("[R6] patterns", () => {
  it.each([
    ["a.b", "a.b", true],
    ["a.b", "a.bc", false],
    ["a.b", "a.b.c", false],
    ["a.*", "a.b", false],
    ["a.*", "a.*", true],
  ])("exact %j means %j: %s", (pattern, topic, right) => {
    expect(means("exact", pattern, topic)).toBe(right);
  });

  it.each([
    ["a", "a", true],
    ["a", "ab.c", true],
    ["a.", "a.b", true],
    ["a.", "a", false],
    ["a", "b.a", false],
    ["a.*", "a.b", false],
  ])("prefix %j means %j: %s (text, not levels)", (pattern, topic, right) => {
    expect(means("prefix", pattern, topic)).toBe(right);
  });

  it.each([
    ["a.*", "a.b", true],
    ["a.*", "a", false],
    ["a.*", "a.b.c", false],
    ["a.*", "a.", true],
    ["*", "a", true],
    ["*", "a.b", false],
    ["*.b", "a.b", true],
    ["a.*.c", "a.b.c", true],
    ["a.*.c", "a.b.d", false],
    ["a.>", "a.b", true],
    ["a.>", "a.b.c.d", true],
    ["a.>", "a", false],
    ["a.>", "ab.c", false],
    [">", "a", true],
    [">", "a.b.c", true],
    ["*.>", "a", false],
    ["*.>", "a.b", true],
    ["a.b*", "a.bc", false],
    ["a.b*", "a.b*", true],
    ["a.b>", "a.b>", true],
    ["a.b", "a.b", true],
    ["a.b", "a.c", false],
    ["crm.+", "crm.42", false],
    ["a..b", "a..b", true],
    ["a.(.)", "a.(.)", true],
  ])("wildcard %j means %j: %s", (pattern, topic, right) => {
    expect(means("wildcard", pattern, topic)).toBe(right);
  });

  it("[R6] > may only be the last level", () => {
    expect(wildcardFault("a.>.b")).toContain("last level");
    expect(wildcardFault(">.b")).toContain("last level");
    for (const right of ["a.>", ">", "a.*.b", "a.b>.c"]) expect(wildcardFault(right)).toBeUndefined();
  });

  it("wildcards mean what a regular expression of their levels means", () => {
    const level = fc.constantFrom("a", "b", "*", "");
    const topicLevel = fc.constantFrom("a", "b", "c", "");
    let meant = 0;
    fc.assert(
      fc.property(
        fc.array(level, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.array(topicLevel, { minLength: 1, maxLength: 5 }),
        (levels, open, given) => {
          const pattern = [...levels, ...(open ? [">"] : [])].join(".");
          const source = levels.map((one) => (one === "*" ? "[^.]*" : one)).join("\\.");
          const expected = new RegExp(`^${source}${open ? "\\..*" : ""}$`).test(given.join("."));
          if (expected) meant += 1;
          expect(means("wildcard", pattern, given.join("."))).toBe(expected);
        },
      ),
      { numRuns: 2_000 },
    );
    expect(meant).toBeGreaterThan(50);
  });
});
