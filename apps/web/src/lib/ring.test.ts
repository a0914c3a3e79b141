import { expect, it } from "vitest";

import { firstFrom, Ring } from "./ring.ts";

const ringOf = (weightMax = 1_000) => new Ring<number>({ max: 3, slack: 2, weightMax }, (item) => item);

it("grows to its maximum and the slack, then is cut back to the newest", () => {
  const ring = ringOf();
  ring.add([1, 2, 3, 4, 5]);
  expect(ring.isFull).toBe(false);
  ring.add([6]);
  expect(ring.isFull).toBe(true);
  expect(ring.cut()).toBe(3);
  expect(ring.list).toEqual([4, 5, 6]);
  expect(ring.isFull).toBe(false);
});

it("a few heavy items fill it too, but the newest stays", () => {
  const ring = ringOf(100);
  ring.add([60, 30]);
  expect(ring.isFull).toBe(false);
  ring.add([40]);
  expect(ring.isFull).toBe(true);
  expect(ring.cut()).toBe(1);
  expect(ring.list).toEqual([30, 40]);
  ring.add([500]);
  expect(ring.cut()).toBe(2);
  expect(ring.list).toEqual([500]);
  expect(ring.isFull).toBe(false);
});

it("replaces its list and never changes it", () => {
  const ring = ringOf();
  ring.add([1]);
  const before = ring.list;
  ring.add([2]);
  expect(before).toEqual([1]);
});

it("finds the first from a key on", () => {
  const list = [1, 3, 5].map((key) => ({ key }));
  expect([0, 1, 2, 3, 5, 6].map((key) => firstFrom(list, key))).toEqual([0, 0, 1, 1, 2, 3]);
});
