import { describe, expect, it } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { AddressRates } from "./address-rates.ts";
import { Close } from "./errors.ts";
import { Rate } from "./rate.ts";

describe("a rate", () => {
  it("[R14] so many at once, then so many a second, and no more for having waited", () => {
    const clock = new ManualClock();
    const rate = new Rate(10, clock);
    const takeAll = () => {
      let taken = 0;
      while (rate.take() === 0) taken += 1;
      return taken;
    };
    expect(takeAll()).toBe(10);
    expect(rate.take()).toBe(100);
    clock.advance(50);
    expect(rate.take()).toBe(50);
    clock.advance(50);
    expect(takeAll()).toBe(1);
    clock.advance(1_000);
    expect(takeAll()).toBe(10);
    clock.advance(60_000);
    expect(takeAll()).toBe(10);
  });

  it.each([1, 7, 0.5])("[R14] whoever waits as long as it says gets one (%s a second)", (perSecond) => {
    const clock = new ManualClock();
    const rate = new Rate(perSecond, clock, Math.max(1, perSecond));
    for (let i = 0; i < 100; i++) {
      const wait = rate.take();
      if (wait === 0) continue;
      clock.advance(wait);
      expect(rate.take()).toBe(0);
    }
  });

  it("[R36] after a pause there are half as many again at most", () => {
    const clock = new ManualClock();
    for (let asked = 0; asked <= 10; asked++) {
      const rate = new Rate(10, clock);
      for (let i = 0; i < asked; i++) rate.take();
      clock.advance(60_000);
      let taken = 0;
      while (rate.take() === 0) taken += 1;
      expect(taken).toBeGreaterThanOrEqual(10);
      expect(taken).toBeLessThanOrEqual(16);
    }
  });

  it("[R36] what is larger than the rate passes, and what comes then waits for it", () => {
    const clock = new ManualClock();
    const rate = new Rate(100, clock);
    expect(rate.take(1_000)).toBe(0);
    expect(rate.take()).toBe(9_010);
    clock.advance(9_010);
    expect(rate.take()).toBe(0);
  });

  it("[R36] so many refusals are forgiven as there may be in a second, ten at least; waiting makes good", () => {
    for (const [perSecond, forgiven] of [
      [100, 100],
      [2, 10],
    ] as const) {
      const clock = new ManualClock();
      const rate = new Rate(perSecond, clock);
      for (let i = 0; i < perSecond; i++) rate.demand("things");
      for (let i = 0; i < forgiven; i++)
        expect(() => rate.demand("things")).toThrow(`things: ${perSecond} a second at most`);
      expect(rate.isExceeded).toBe(false);
      expect(() => rate.demand("things")).toThrow(Close);
      clock.advance((forgiven / perSecond) * 1_000 + 1_000);
      rate.demand("things");
      expect(rate.isExceeded).toBe(false);
    }
  });

  it("[R36] whoever does not wait hears how long it still is", () => {
    const clock = new ManualClock();
    const rate = new Rate(1, clock);
    expect(rate.take()).toBe(0);
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      waits.push(rate.take());
      clock.advance(125);
    }
    expect(waits).toEqual([1_000, 875, 750, 625, 500, 375, 250, 125]);
    expect(rate.take()).toBe(0);
  });

  it("[R36] whoever heeds what it is told is never ended, however long it asks for more", () => {
    const clock = new ManualClock();
    const rate = new Rate(5, clock);
    for (let i = 0; i < 1_000; i++) {
      const wait = rate.take();
      if (wait > 0) clock.advance(wait);
    }
    expect(rate.isExceeded).toBe(false);
  });

  it("a clock that is set back takes nothing away", () => {
    let now = 1_000_000;
    const rate = new Rate(10, { now: () => now, after: () => () => {} });
    now -= 500_000;
    expect(rate.take()).toBe(0);
    now += 1_000;
    expect(rate.take()).toBe(0);
  });
});

describe("the rates of addresses", () => {
  const clock = new ManualClock();
  const rates = () => new AddressRates(() => new Rate(2, clock), 100);

  it("[R36] are each address's own, and one for an IPv6 network", () => {
    const all = rates();
    for (const address of ["1.1.1.1", "2001:db8::1"]) {
      expect([all.take(address), all.take(address)]).toEqual([0, 0]);
      expect(all.waitMs(address)).toBe(500);
      expect(() => all.demand(address, "slowly")).toThrow("slowly");
    }
    expect(all.waitMs("2001:db8::2")).toBe(500);
    expect([all.waitMs("1.1.1.2"), all.waitMs("2001:db8:0:1::1")]).toEqual([0, 0]);
  });

  it("[R14] are known of so many; the one that was not seen for longest begins anew", () => {
    const all = rates();
    const busy = "9.9.9.9";
    for (let i = 0; i < 1_000; i++) {
      all.take(busy);
      all.take(`address ${i}`, 2);
    }
    expect(all.size).toBe(100);
    expect(all.waitMs(busy)).toBeGreaterThan(0);
    expect([all.waitMs("address 999"), all.waitMs("address 0")]).toEqual([500, 0]);
  });
});
