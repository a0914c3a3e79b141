import type { Clock } from "./core/clock.ts";

/** The longest that one timer waits, in ms: one that is set for longer goes off at once. */
const timerMsMax = 2 ** 31 - 1;

/** The time of the machine; its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: Date.now,
  after(ms, callback) {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      const isLast = leftMs <= timerMsMax;
      timer = isLast ? setTimeout(callback, leftMs) : setTimeout(() => wait(leftMs - timerMsMax), timerMsMax);
      timer.unref();
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};

/** Ids that no other node and no later start gives again: a random part for this process, then a number. */
export function publicationIds(): () => string {
  const process = crypto.randomUUID().slice(-12);
  let count = 0;
  return () => `${process}-${(count += 1).toString(36)}`;
}
