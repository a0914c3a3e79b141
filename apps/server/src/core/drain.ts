import { closeCodes } from "@switchboard/protocol";
import type { Clock } from "./clock.ts";
import type { Session } from "./session.ts";

/** How often a wave of sessions is ended, in ms. */
const waveMs = 50;
/** Sessions that are ended, and come back, per second at the least: a few are not made to wait for the whole window. */
const sessionsPerSecond = 1_000;

/** How a server empties itself. */
export interface Drain {
  /** Over how long sessions are ended, and over how long they come back, in ms. */
  readonly windowMs: number;
  /** How long the server that takes its place needs to come up, in ms. */
  readonly restartMs: number;
}

/**
 * Ends every session (1012), in waves over a window, each told how long to stay away: so that they come back spread evenly over a second
 * window, which begins when the next server is up. Resolves when all have been ended.
 */
export async function drain(sessions: readonly Session[], clock: Clock, plan: Drain): Promise<void> {
  const windowMs = Math.min(plan.windowMs, (sessions.length * 1000) / sessionsPerSecond);
  const waves = Math.max(1, Math.ceil(windowMs / waveMs));
  for (let wave = 0; wave < waves; wave++) {
    const untilUpMs = (waves - wave) * waveMs + plan.restartMs;
    // Every waves-th session: each wave comes back spread over the whole of the second window.
    for (let i = wave; i < sessions.length; i += waves)
      leave(sessions[i] as Session, untilUpMs + (i / sessions.length) * windowMs);
    if (wave < waves - 1) await new Promise<void>((resolve) => clock.after(waveMs, resolve));
  }
}

function leave(session: Session, retryAfterMs: number): void {
  const { code, meaning } = closeCodes.restarting;
  session.drain(Math.round(retryAfterMs));
  session.close(code, meaning);
}
