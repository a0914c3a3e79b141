import type { Match } from "@switchboard/protocol";

/** What a session wants to hear: a topic, or all that a pattern means. */
export interface Subscription {
  readonly topic: string;
  readonly match: Match;
  /**
   * Another name under which the session's dialect knows the topic: `crm.42` may be heard as several channels, each for itself.
   * One of a few that the dialect has; of exact topics only.
   */
  readonly alias?: string | undefined;
}

/** One text for each subscription. No topic holds a space, so no pattern's key is some topic. */
export function keyOf({ topic, match, alias }: Subscription): string {
  if (alias !== undefined) return `${alias} ${topic}`;
  return match === "exact" ? topic : `${match} ${topic}`;
}
