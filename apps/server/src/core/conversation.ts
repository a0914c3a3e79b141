import type { Refusal } from "./errors.ts";
import type { Frame } from "./frame.ts";
import type { Grant } from "./policy.ts";

/** What was known of a connection when it opened. */
export interface Opening {
  readonly address: string;
  /** The crmIds that the URL names, as they stand there. */
  readonly crmIds: readonly string[];
  /** What the token or key allows that came with the request. */
  readonly grant?: Grant | undefined;
  /** The request, where a hook wants to see it. */
  readonly request?: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
}

/** How a connection ends. */
export interface Ending {
  /** 1006 cuts it without a Close frame, for clients that come back from nothing else. */
  readonly code: number;
  readonly reason: string;
}

/** The dialect's end of a conversation. */
export interface Conversation {
  /** Speaks first, once the application has let the client in; what the client says waits until this is done. What it throws ends the session. */
  greet?(): void | Promise<void>;
  /** Hears one frame, text or binary; while a promise is pending, the later frames wait. What it throws ends the session. */
  hear(frame: Frame): void | Promise<void>;
  /** Answers a frame that came too soon, and is not heard. Without it such frames are dropped, until the session is ended (4002). */
  refuse?(frame: Frame, refusal: Refusal): void;
  /** Tells the client that the server is about to end, and when to come back; the connection is closed after that. */
  drain(retryAfterMs: number): void;
  /**
   * The server ends the connection with a code of the close table: says farewell in the dialect's own way, and answers with the code
   * and reason that its clients understand. Without it they are told as they stand.
   */
  farewell?(ending: Ending): Ending;
  /** The connection is gone, whoever ended it. */
  ended?(): void;
}
