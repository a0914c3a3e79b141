import type { Position } from "@switchboard/protocol";
import { isFresh, type Start } from "./cursor.ts";
import type { Reader } from "./reader.ts";

/** Readers that one `subscribe` can serve, and where it begins. */
export interface Gathering {
  readonly start: Start;
  readonly joiners: readonly Reader[];
}

/** As many of those who wait as one `subscribe` can serve: whoever has no wish of its own fits with all. */
export function gatheringOf(waiting: readonly Reader[]): Gathering {
  const leader = waiting.find((reader) => !isFresh(reader.next));
  if (leader === undefined) return { start: {}, joiners: waiting };
  const { since, last } = leader.next;
  const joiners = waiting.filter(
    ({ next }) => isFresh(next) || (next.since?.epoch === since?.epoch && next.last === last),
  );
  if (since === undefined) return { start: { last }, joiners };
  const offsets = joiners.flatMap(({ next }) => next.since?.offset ?? []);
  return { start: { since: { epoch: since.epoch, offset: Math.min(...offsets) } }, joiners };
}

/**
 * While the server reads history for one who joins an open room, news waits, and what the history holds of it is not sent again. So
 * those who were in before have heard all up to `newest`, and miss what came until `now`, unless the history begins before that.
 */
export function isCovered(
  newest: Position,
  now: Position,
  { since }: Start,
  recovered: boolean | undefined,
): boolean {
  if (now.epoch !== newest.epoch) return false;
  return (
    now.offset <= newest.offset ||
    (recovered === true && since !== undefined && since.offset <= newest.offset)
  );
}
