import type { Clock } from "../../core/clock.ts";
import type { Connection } from "./connection.ts";
import { beatToken } from "./layout.ts";
import { numbersOf } from "./numbers.ts";
import type { Stream } from "./stream.ts";

/** How long a stream may be silent before somebody sends a heartbeat through it, in ms; and how much longer some wait, so that few do at once. */
const silentMs = 250;
const spreadMs = 100;
/** A heartbeat that comes so late, in ms, tells of a change of leader: what it heard last may not have been passed on. */
const lateMs = 1_500;
/** Heartbeats back from where all was well to where another look begins. */
const beatsBack = 8;

/** What a pulse is made of. */
export interface PulseParts {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly stream: Stream;
  /** Something may have been lost on the way to this node. */
  readonly doubt: () => void;
}

/**
 * The heartbeats of one stream, which whoever listens to it keeps up. They are stored and numbered like events, and each names the one before it: a connection
 * between two servers that breaks swallows one of them, and so the loss of the last event of a topic is seen though no event follows.
 */
export class Pulse implements Disposable {
  readonly #parts: PulseParts;
  readonly #stopListening: () => void;
  #beats: number[] = [];
  #heardAt: number;
  #stopTimer = () => {};

  /** It begins with the first `restart`. */
  constructor(parts: PulseParts) {
    this.#parts = parts;
    this.#heardAt = parts.clock.now();
    const subscription = parts.connection.subscribe(parts.stream.live(beatToken), (message) => {
      const { seq, previous } = numbersOf(message);
      this.#hear(seq, previous);
    });
    this.#stopListening = () => subscription.unsubscribe();
    this.#wait();
  }

  /** Has all nodes look at the stream whose heartbeats they hear. */
  static alarm(connection: Connection, stream: Stream): void {
    if (connection.isUp) connection.publish(stream.live(beatToken));
  }

  get isBegun(): boolean {
    return this.#beats.length > 0;
  }

  /** Up to here all was well, and some time ago: where another look begins. Undefined until it has begun. */
  get goodTo(): number | undefined {
    return this.#beats[0];
  }

  /** All has been heard up to this number. */
  restart(since: number): void {
    this.#beats = [since];
    this.#heardAt = this.#parts.clock.now();
  }

  [Symbol.dispose](): void {
    this.#stopTimer();
    this.#stopListening();
  }

  #hear(seq: number, previous: number): void {
    const now = this.#parts.clock.now();
    const isLate = now - this.#heardAt > lateMs;
    const last = this.#beats.at(-1) ?? Infinity;
    this.#heardAt = now;
    this.#wait();
    // A number that goes back is that of another stream in its place; an alarm has none.
    if (previous > last || !(seq > last) || isLate) return this.#parts.doubt();
    if (this.#beats.push(seq) > beatsBack) this.#beats.shift();
  }

  #wait(): void {
    this.#stopTimer();
    this.#stopTimer = this.#parts.clock.after(silentMs + Math.random() * spreadMs, () => {
      this.#wait();
      const { connection, stream } = this.#parts;
      if (connection.isUp) connection.publish(stream.stored(beatToken));
    });
  }
}
