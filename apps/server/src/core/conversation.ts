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

/** The dialect's end of a conversation. */
export interface Conversation {
  /** Hears one frame; while a promise is pending, the later frames wait. What it throws ends the session. */
  hear(frame: string): void | Promise<void>;
  /** Tells the client that the server is about to end, and when to come back; the connection is closed after that. */
  drain(retryAfterMs: number): void;
}
