import type { Frame } from "./frame.ts";

/** What the core needs of a WebSocket. Bun's `ServerWebSocket` satisfies it as it stands (tsc checks it): no wrapper. */
export interface Socket {
  /** Queues a frame; -1 where it waits for the peer to read, 0 where the socket is closed. */
  send(frame: Frame): number;
  /** Runs the callback; what it sends leaves in one write. */
  cork(callback: () => void): unknown;
  /** Sends what waits, then a Close frame. */
  close(code?: number, reason?: string): void;
  /** Sends what waits as far as the peer reads it now, and cuts the connection without a Close frame. */
  terminate(): void;
  /** Asks the peer's WebSocket for a pong. */
  ping(): number;
  /** Bytes that wait for the peer to read. */
  getBufferedAmount(): number;
}
