import { describe, expect, it } from "vitest";
import { backoffMs, defaultBackoff } from "./backoff.ts";

describe("backoff", () => {
  it.each([
    [0, 500, 1_000],
    [1, 500, 1_500],
    [2, 500, 2_500],
    [3, 500, 4_500],
    [5, 500, 16_500],
    [6, 500, 20_000],
    [1_000, 500, 20_000],
  ])("after %i failures waits %i to %i ms", (failures, least, most) => {
    expect(backoffMs(failures, defaultBackoff, () => 0)).toBe(least);
    expect(backoffMs(failures, defaultBackoff, () => 1)).toBe(most);
  });

  it("spreads evenly between the two", () => {
    const waits = Array.from({ length: 2_000 }, () => backoffMs(3, defaultBackoff));
    expect(Math.min(...waits)).toBeLessThan(600);
    expect(Math.max(...waits)).toBeGreaterThan(4_400);
    expect(waits.reduce((sum, wait) => sum + wait, 0) / waits.length).toBeCloseTo(2_500, -3);
  });
});
