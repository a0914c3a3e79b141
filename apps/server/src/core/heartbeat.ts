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
  // How many there were when this round of visits began: those that end during it do not slow it down.
  let round = sessions.size;
  let due = 0;

  const tick = (): void => {
    stop = clock.after(tickMs, tick);
    // Nobody twice in one tick: whoever was pinged must have had the time to answer.
    due = Math.min(due + (Math.max(round, sessions.size) * 2 * tickMs) / heartbeatMs, sessions.size);
    for (; due >= 1; due -= 1) {
      let next = visits.next();
      if (next.done === true) {
        round = sessions.size;
        visits = sessions[Symbol.iterator]();
        next = visits.next();
      }
      if (next.done !== true) visit(next.value);
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
