import { describe, expect, it } from "vitest";
import { Turnstile } from "./turnstile.ts";

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("[R14] a crowd that connects at once", () => {
  it("is let in a few at a time, in order, with a turn of the event loop in between", async () => {
    const turnstile = new Turnstile();
    const inside: number[] = [];
    const at: number[] = [];
    let turn = 0;
    const count = () => {
      turn += 1;
      if (inside.length < 50) setImmediate(count);
    };
    setImmediate(count);
    for (let i = 0; i < 50; i++)
      void (async () => {
        await turnstile.pass();
        inside.push(i);
        at.push(turn);
      })();
    await expect.poll(() => inside.length).toBe(50);
    expect(inside).toEqual(Array.from({ length: 50 }, (_, i) => i));
    const perTurn = Map.groupBy(at, (one) => one);
    for (const { length } of perTurn.values()) expect(length).toBeLessThanOrEqual(16);
    expect(perTurn.size).toBe(4);
  });

  it("those who come one by one do not wait", async () => {
    const turnstile = new Turnstile();
    for (let i = 0; i < 100; i++) {
      expect(turnstile.pass()).toBeUndefined();
      if (i % 10 === 9) await nextTurn();
    }
  });
});
