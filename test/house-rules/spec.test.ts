import { expect, it } from "vitest";

import { trees } from "./fixture.ts";
import { rulesHaveTests } from "./spec.ts";

const { breaks, keeps, violations } = trees(rulesHaveTests);
const spec = "- [R1 Addresses](#r1-addresses)\n- [R2 Order](#r2-order)\n\n### R1 Addresses\n\n### R2 Order\n";
const test = (...rules: string[]) => rules.map((rule) => `it("[${rule}] holds");\n`).join("");

it("each rule has a test that names it, and tests name no other", () => {
  keeps({ "SPEC.md": spec, "a.test.ts": test("R1"), "test/e2e/b.ts": test("R2") });
  breaks({ "SPEC.md": spec, "a.test.ts": test("R1") });
  breaks({ "SPEC.md": spec, "a.test.ts": test("R1"), "a.ts": test("R2") });
  expect(violations({ "SPEC.md": spec, "a.test.ts": test("R1", "R2", "R3") })).toEqual(["a test names R3"]);
});

it("each rule stands there once, and in the index", () => {
  const tests = { "a.test.ts": test("R1", "R2") };
  expect(violations({ ...tests, "SPEC.md": `${spec}\n### R2 Again\n` })).toEqual(["R2 stands there twice"]);
  expect(violations({ ...tests, "SPEC.md": spec.replace("- [R2 Order](#r2-order)\n", "") })).toEqual([
    "the index does not lead to R2",
  ]);
});
