import { describe, expect, it } from "vitest";
import { Deliveries } from "./deliveries.ts";

describe("deliveries", () => {
  const threeSent = () => {
    const deliveries = new Deliveries(2);
    for (const follower of [0, 1, 0]) deliveries.sent(follower);
    return deliveries;
  };
  const verdictOf = (heard: readonly (readonly [follower: number, message: number])[]) => {
    const deliveries = threeSent();
    for (const [follower, message] of heard) deliveries.heard(follower, message);
    const { missing, duplicates, strays, disordered } = deliveries.verdict();
    return { missing, duplicates, strays, disordered };
  };
  const right = { missing: 0, duplicates: 0, strays: 0, disordered: 0 };

  it("finds nothing where every message reached its follower, in order", () => {
    expect(
      verdictOf([
        [0, 0],
        [0, 2],
        [1, 1],
      ]),
    ).toEqual(right);
  });

  it("counts what is missing, comes twice, goes astray or overtakes", () => {
    expect(
      verdictOf([
        [0, 0],
        [1, 1],
      ]),
    ).toEqual({ ...right, missing: 1 });
    expect(
      verdictOf([
        [0, 0],
        [0, 0],
        [0, 2],
        [1, 1],
      ]),
    ).toEqual({ ...right, duplicates: 1 });
    expect(
      verdictOf([
        [1, 0],
        [1, 1],
        [0, 2],
      ]),
    ).toEqual({ ...right, missing: 1, strays: 1 });
    expect(
      verdictOf([
        [0, 0],
        [0, 2],
        [1, 1],
        [0, -1],
      ]),
    ).toEqual({ ...right, strays: 1 });
    expect(
      verdictOf([
        [0, 2],
        [0, 0],
        [1, 1],
      ]),
    ).toEqual({ ...right, disordered: 1 });
  });
});
