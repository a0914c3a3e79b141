import { resolve } from "node:path";

import { describe, expect, it } from "vitest";

import * as code from "./house-rules/code.ts";
import * as direction from "./house-rules/direction.ts";
import * as files from "./house-rules/files.ts";
import * as spec from "./house-rules/spec.ts";
import { readTree, type Rule } from "./house-rules/tree.ts";

const rules: readonly Rule[] = [direction, files, code, spec].flatMap((group) => Object.values(group));

describe("the tree keeps the house rules", () => {
  const tree = readTree(resolve(import.meta.dirname, ".."));

  it("there is a tree, and there are rules", () => {
    expect(tree.map((source) => source.path)).toContain("scripts/run.mjs");
    expect(rules.length).toBeGreaterThan(10);
  });

  for (const rule of rules) {
    it(rule.name, () => {
      expect(rule.violations(tree)).toEqual([]);
    });
  }
});
