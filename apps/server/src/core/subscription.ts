import type { Match } from "@switchboard/protocol";

/** What a session wants to hear: a topic, or all that a pattern means. */
export interface Subscription {
  readonly topic: string;
  readonly match: Match;
}

/** One text for each subscription. No topic holds a space, so no pattern's key is some topic. */
export function keyOf({ topic, match }: Subscription): string {
  return match === "exact" ? topic : `${match} ${topic}`;
}
