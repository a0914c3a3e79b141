import { expect, it } from "vitest";

import { clockTime, counted, duration, fullTime, shortTime } from "./times.ts";

it("tells the time of day to the millisecond", () => {
  const ms = new Date(2026, 10, 24, 9, 2, 3, 4).getTime();
  expect(clockTime(ms)).toBe("09:02:03.004");
  expect(shortTime(ms)).toBe("09:02");
  expect(fullTime(ms)).toBe("2026-11-24 09:02:03.004");
});

it("says how long, shortly", () => {
  const said = [-3, 4.4, 999, 1_250, 45_000, 600_000, 7_200_000, 259_200_000].map(duration);
  expect(said).toEqual(["0 ms", "4 ms", "999 ms", "1.3 s", "45 s", "10 min", "2 h", "3 d"]);
});

it("counts in words", () => {
  expect([0, 1, 1_204].map((count) => counted(count, "message"))).toEqual([
    "0 messages",
    "1 message",
    "1,204 messages",
  ]);
});
