import type { Match } from "@switchboard/protocol";
import type { Start } from "./cursor.ts";
import type { Answer } from "./requests.ts";
import type { SwitchboardError } from "./switchboard-error.ts";

/** What a room needs of the client. */
export interface Wire<Room> {
  /** Whether the connection stands. */
  isLive(): boolean;
  /** Sends a request with these members (JSON text without braces). */
  ask(type: "subscribe" | "unsubscribe", members: string, settle: (answer: Answer) => void): void;
  /** See `Fence.wait`. */
  fence(passed: () => void): void;
  /** How long to wait after so many refusals in a row. */
  retryMs(failures: number, error: SwitchboardError): number;
  /** Nobody is in the room any more, and the server knows. */
  emptied(room: Room): void;
}

/** A request's members as JSON text without the braces. */
export function membersOf(
  { topic, match }: { readonly topic: string; readonly match: Match },
  start: Start,
  presence: boolean,
): string {
  const members = {
    topic,
    match: match === "exact" ? undefined : match,
    ...start,
    presence: presence || undefined,
  };
  return JSON.stringify(members).slice(1, -1);
}
