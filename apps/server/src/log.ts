import pino, { type Logger } from "pino";
import pretty from "pino-pretty";

/** The log: JSON lines, or lines for people where stdout is a terminal. */
export function createLog(level: string): Logger {
  if (!process.stdout.isTTY) return pino({ level, base: null });
  return pino({ level, base: null }, pretty({ sync: true, translateTime: "HH:MM:ss.l", colorize: true }));
}
