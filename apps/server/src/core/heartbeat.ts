import type { Clock } from "./clock.ts";
import { Close } from "./errors.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

/** How often some of the sessions are visited, in ms. */
const tickMs = 250;

/**
 * Finds the peers that are gone, even those that still read but never answer: every session is visited twice in each heartbeat. One that
 * was silent since the last visit is pinged; one that did not answer that either is ended (4004).
 * @returns stops it
 */
export function startHeartbeat(sessions: Sessions<Session>, clock: Clock, heartbeatMs: number): () => void {
  let visits = sessions[Symbol.iterator]();
  let due = 0;

  const tick = (): void => {
    stop = clock.after(tickMs, tick);
    due += (sessions.size * 2 * tickMs) / heartbeatMs;
    for (; due >= 1; due -= 1) {
      const next = visits.next();
      if (next.done !== true) visit(next.value);
      else visits = sessions[Symbol.iterator]();
    }
  };
  let stop = clock.after(tickMs, tick);
  return () => stop();
}

function visit(session: Session): void {
  session.silentVisits += 1;
  if (session.silentVisits === 2) session.ping();
  else if (session.silentVisits > 2) session.fail(new Close("noHeartbeat"));
}
