import { Close } from "./errors.ts";
import type { Frame } from "./frame.ts";
import type { Limits } from "./limits.ts";
import type { Socket } from "./socket.ts";
import type { Task, Turn } from "./turn.ts";

/**
 * What a session is about to be sent. The frames of one turn leave in one write: as fast as a native topic (ARCHITECTURE.md has the
 * figures), and whoever reads too slowly is known by name, so that nothing is ever skipped.
 */
export class Outbox implements Task {
  #first: Frame | undefined;
  #others: Frame[] | undefined;
  readonly #turn: Turn;
  readonly #socket: Socket;
  readonly #limits: Limits;
  readonly #owner: { fail(error: unknown): void };
  #drained: (() => void) | undefined;
  #tasks: Promise<unknown> | undefined;

  /** @param owner fails (4001) once more than `sendBufferBytesMax` waits for the socket */
  constructor(socket: Socket, turn: Turn, limits: Limits, owner: { fail(error: unknown): void }) {
    this.#socket = socket;
    this.#turn = turn;
    this.#limits = limits;
    this.#owner = owner;
  }

  /** Sends the frame at the end of this turn, after all that was pushed before. */
  push(frame: Frame): void {
    if (this.#first === undefined) {
      this.#first = frame;
      this.#turn.atEnd(this);
    } else (this.#others ??= []).push(frame);
  }

  /** Writes what waits for the end of the turn. */
  run(): void {
    const first = this.#first;
    const others = this.#others;
    if (first === undefined) return;
    this.#first = undefined;
    this.#others = undefined;
    const waits = others === undefined ? this.#socket.send(first) < 0 : this.#write(first, others);
    if (waits && this.#socket.getBufferedAmount() > this.#limits.sendBufferBytesMax)
      this.#owner.fail(new Close("tooSlow"));
  }

  /**
   * Runs the task when at most half of the send buffer is taken, or the socket is gone. One at a time: what each of them sends fits
   * into the buffer, though not what all of them send.
   */
  whenRoom<T>(task: () => Promise<T>): Promise<T> {
    const done = (this.#tasks ?? Promise.resolve()).then(() => this.#room()).then(task);
    this.#tasks = done.catch(() => undefined);
    return done;
  }

  /** The socket has written something, or has closed. */
  drained(): void {
    this.#drained?.();
    this.#drained = undefined;
  }

  async #room(): Promise<void> {
    this.run();
    while (this.#socket.getBufferedAmount() > this.#limits.sendBufferBytesMax / 2) {
      await new Promise<void>((resolve) => (this.#drained = resolve));
    }
  }

  #write(first: Frame, others: readonly Frame[]): boolean {
    let waits = false;
    this.#socket.cork(() => {
      if (this.#socket.send(first) < 0) waits = true;
      for (const frame of others) if (this.#socket.send(frame) < 0) waits = true;
    });
    return waits;
  }
}
