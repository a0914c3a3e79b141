import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "./system.ts";

const dayMs = 24 * 60 * 60_000;

describe("[R24] the machine's clock waits as long as a token lasts", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([1, 24, 25, 30, 400])("%i days", (days) => {
    let calls = 0;
    systemClock.after(days * dayMs, () => (calls += 1));
    vi.advanceTimersByTime(days * dayMs - 1);
    expect(calls).toBe(0);
    vi.advanceTimersByTime(1);
    expect(calls).toBe(1);
    vi.advanceTimersByTime(50 * dayMs);
    expect(calls).toBe(1);
  });

  it("without end, and until it is told that nobody waits any longer", () => {
    let calls = 0;
    const stop = systemClock.after(Infinity, () => (calls += 1));
    const stopLong = systemClock.after(60 * dayMs, () => (calls += 1));
    vi.advanceTimersByTime(50 * dayMs);
    stop();
    stopLong();
    vi.advanceTimersByTime(50 * dayMs);
    expect(calls).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
