import type { Event, Hearer } from "./event.ts";
import type { Frame } from "./frame.ts";

/** What a dialect may know of the room that an event is heard in. */
export interface RoomView {
  /** Unique on this node, as long as somebody listens there. */
  readonly number: number;
  /** Whether topics are heard there that a pattern means. */
  readonly isPattern: boolean;
  /** The name under which its members know the topic, where that is another. */
  readonly alias?: string | undefined;
}

/** How events are spelled for those who speak a dialect. */
export interface Language {
  /** The WebSocket subprotocol that picks it. */
  readonly subprotocol: string;
  /** The event as a frame: pure, since one frame serves everyone in the room who speaks it. */
  event(event: Event, room: RoomView): Frame;
  /** Whether an event is heard once for each subscription that it matches, and not once in all. */
  readonly hearsEach?: boolean;
  /** Spells a new session's id, of 32 random hexadecimal digits; unguessable, but others may know it. Told again where it is taken. */
  sessionId?(digits: string): string;
}

/** Who can be let into a room. */
export interface Member extends Hearer {
  readonly language: Language;
  /** Sends a frame, after all that was sent before. */
  send(frame: Frame): void;
  /** Runs the task when there is room for more to be sent, and after those that were given before are done. */
  whenRoom<T>(task: () => Promise<T>): Promise<T>;
  /** Something that was under way for it has failed: a Close ends it as it says, anything else as a bug. */
  fail(error: unknown): void;
}
