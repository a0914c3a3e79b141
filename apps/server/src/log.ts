import pino, { type Logger } from "pino";
import pretty from "pino-pretty";
import type { Clock } from "./core/clock.ts";
import { Rate } from "./core/rate.ts";
import type { Refused } from "./core/refused.ts";

/** How many refusals are logged in a second: whoever is refused must not be able to fill a disk. */
const refusalsPerSecondMax = 100;

/** The log: JSON lines, or lines for people where stdout is a terminal. */
export function createLog(level: string): Logger {
  if (!process.stdout.isTTY) return pino({ level, base: null });
  return pino({ level, base: null }, pretty({ sync: true, translateTime: "HH:MM:ss.l", colorize: true }));
}

/** Logs refusals; of those that are too many, how many they were. */
export function refusalLog(log: Logger, clock: Clock): (refused: Refused) => void {
  const rate = new Rate(refusalsPerSecondMax, clock);
  let unlogged = 0;
  return (refused) => {
    if (rate.take() > 0) return void (unlogged += 1);
    log.info(unlogged === 0 ? refused : { ...refused, unlogged }, "refused");
    unlogged = 0;
  };
}
