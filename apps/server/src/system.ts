import type { Clock } from "./core/clock.ts";

/** The time of the machine; its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: Date.now,
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Ids that no other node and no later start gives again: a random part for this process, then a number. */
export function publicationIds(): () => string {
  const process = crypto.randomUUID().slice(-12);
  let count = 0;
  return () => `${process}-${(count += 1).toString(36)}`;
}
