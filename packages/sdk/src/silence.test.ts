import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Silence } from "./silence.ts";

describe("silence", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A silence of so many ms in the life of a clock that is moved by so many ms in its middle. */
  function silenceWhile(movedMs: number) {
    const tooLong = vi.fn();
    const silence = new Silence(tooLong);
    silence.start(1_000);
    vi.advanceTimersByTime(500);
    vi.setSystemTime(Date.now() + movedMs);
    return { silence, tooLong };
  }

  it("[R13] is found, though the clock was set back by an hour", () => {
    const { tooLong } = silenceWhile(-3_600_000);
    vi.advanceTimersByTime(3_000);
    expect(tooLong).toHaveBeenCalledTimes(1);
  });

  it("[R13] is none where something was heard, though the clock was set back by an hour", () => {
    const { silence, tooLong } = silenceWhile(-3_600_000);
    for (let i = 0; i < 20; i++) {
      silence.heard(Date.now());
      vi.advanceTimersByTime(500);
    }
    expect(tooLong).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(tooLong).toHaveBeenCalledTimes(1);
  });
});
