import type { Frame } from "../src/core/frame.ts";
import type { Socket } from "../src/core/socket.ts";

/** A socket without a network: it remembers what was written, and reads as slowly as it is told. */
export class MemorySocket implements Socket {
  /** Every frame that was accepted, in order. */
  readonly frames: Frame[] = [];
  /** How the connection was ended by the server. */
  closed: { readonly code: number; readonly reason: string } | undefined;
  /** Whether the connection has broken: what is sent from now on goes nowhere. */
  broken = false;
  /** How many writes there were: what is sent within a cork is one. */
  writes = 0;
  /** How often the peer was asked for a pong. */
  pings = 0;
  /** Whether the peer has stopped reading: what is sent from now on waits. */
  stuck = false;
  #buffered = 0;
  #corked = false;

  /** The same, where all of them are text. */
  get texts(): string[] {
    return this.frames.map((frame) => {
      if (typeof frame === "string") return frame;
      throw new Error("a binary frame was sent where text was expected");
    });
  }

  send(frame: Frame): number {
    if (this.broken || this.closed !== undefined) return 0;
    this.frames.push(frame);
    if (!this.#corked) this.writes += 1;
    const bytes = Buffer.byteLength(frame);
    if (!this.stuck) return bytes;
    this.#buffered += bytes;
    return -1;
  }

  cork(callback: () => void): void {
    this.writes += 1;
    this.#corked = true;
    callback();
    this.#corked = false;
  }

  close(code = 1005, reason = ""): void {
    this.closed ??= { code, reason };
    this.#buffered = 0;
  }

  terminate(): void {
    this.close(1006);
  }

  ping(): number {
    this.pings += 1;
    return 0;
  }

  getBufferedAmount(): number {
    return this.#buffered;
  }

  /** The peer has read so many of the bytes that waited (all of them, if not said). */
  read(bytes = Infinity): void {
    this.#buffered = Math.max(0, this.#buffered - bytes);
  }
}
