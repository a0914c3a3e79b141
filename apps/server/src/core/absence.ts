import type { Clock } from "./clock.ts";
import { drain } from "./drain.ts";
import type { Peers } from "./peers.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

/** How often it is looked, in ms. */
const lookMs = 500;
/** How long sessions stay while what joins the nodes is away, in ms. */
const stayMs = 10_000;
/** Over how long they are ended, and come back; and how long they stay away at the least, in ms. */
const plan = { windowMs: 5_000, restartMs: 1_000 };

/**
 * Ends the sessions (1012, come back later) when what joins the nodes has been away for 10 s: another node may be better off.
 * @returns stops it
 */
export function watchAbsence(sessions: Sessions<Session>, peers: Peers, clock: Clock): () => void {
  let awayMs = 0;
  const look = (): void => {
    stop = clock.after(lookMs, look);
    awayMs = peers.connected ? 0 : awayMs + lookMs;
    if (awayMs === stayMs) void drain([...sessions], clock, plan);
  };
  let stop = clock.after(lookMs, look);
  return () => stop();
}
