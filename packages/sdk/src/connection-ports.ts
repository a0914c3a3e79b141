import type { DownFrame, DownFrameOf } from "@switchboard/protocol";
import type { Backoff } from "./backoff.ts";

/** How a connection is made. */
export interface ConnectionOptions {
  readonly url: string;
  readonly WebSocket: typeof WebSocket;
  readonly backoff: Backoff;
  /** How long a welcome may take, and how late a sign of life may be. */
  readonly requestTimeoutMs: number;
  /** The `hello` for a new socket, which may first have to ask for a token. */
  hello(resume: string | undefined): Promise<string>;
}

/** What is heard of a connection. */
export interface ConnectionListener {
  /** The server has welcomed us: requests may be sent. */
  live(welcome: DownFrameOf<"welcome">): void;
  /** The server drains: nothing new is sent; `left()` is to be called when nothing is under way any more. */
  leaving(): void;
  /** What was live is gone, and every request under way with it. */
  lost(reason: string): void;
  /** A frame that is not the connection's own business, with its text and when it came. */
  frame(frame: DownFrame, text: string, at: number): void;
  /** The status has changed. */
  status(): void;
  /** Something went wrong that nobody asked for. */
  report(error: unknown): void;
}
