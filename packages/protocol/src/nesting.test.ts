import { describe, expect, it } from "vitest";
import { isNestedWithin } from "./index.ts";

const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));

describe("[R4] how deeply a value is nested", () => {
  it.each([
    [undefined, 0],
    ["text", 0],
    [null, 0],
    [{}, 1],
    [[1, { a: [] }, "b"], 3],
    [nested(1_000), 1_000],
    [nested(200_000), 200_000],
  ])("is told at the bound and beside it", (value, levels) => {
    expect(isNestedWithin(value, Math.max(1, levels))).toBe(true);
    expect(isNestedWithin(value, levels + 1)).toBe(true);
    if (levels > 1) expect(isNestedWithin(value, levels - 1)).toBe(false);
  });
});
