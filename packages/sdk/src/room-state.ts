import type { Position } from "@switchboard/protocol";
import type { Start } from "./cursor.ts";
import type { Reader } from "./reader.ts";

/**
 * Where a room stands with the server. A state is an object of its own, so that an answer finds out whether it still matters.
 * - `idle`: the server knows nothing of it
 * - `asking`: `subscribe` is under way, on behalf of those who join
 * - `reading`: subscribed, and history may still be coming: another `subscribe` would break it off
 * - `open`: subscribed
 * - `resting`: the server could not just now; asks again when the timer ends
 * - `leaving`: `unsubscribe` is under way
 */
export type RoomState =
  | { readonly kind: "idle" | "open" | "leaving" }
  | Asking
  | Reading
  | { readonly kind: "resting"; readonly timer: ReturnType<typeof setTimeout> };

/** A `subscribe` that is under way. */
export interface Asking {
  readonly kind: "asking";
  readonly start: Start;
  readonly joiners: readonly Reader[];
  /** Whether the room was open before, and somebody new wants history. */
  readonly again: boolean;
  /** Whether it asks who is there. */
  readonly presence: boolean;
}

/** History is on its way. */
export interface Reading {
  readonly kind: "reading";
  readonly joiners: readonly Reader[];
  /** Where the topic stood: the history's end. */
  readonly until: Position;
}
