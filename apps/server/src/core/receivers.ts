import type { Clock } from "./clock.ts";
import type { Event } from "./event.ts";
import type { Peers } from "./peers.ts";

/** Which event is meant, where it is counted over several nodes. */
interface Counted {
  readonly publication: string;
  readonly topic: string;
}

/** What this node knows of one event. */
interface Tally {
  /** How many were sent it, by the number of the room. */
  readonly rooms: Map<number, number>;
  changed: () => void;
}

/** What a node answers: how many of its sessions were sent the event, and whether all of its rooms have heard it. */
interface Answered {
  readonly receivers: number;
  readonly isWhole: boolean;
}

/** How many sessions were sent an event, as far as is known. */
export interface Receivers {
  readonly receivers: number;
  /** Whether every node has said. */
  readonly isWhole: boolean;
}

/** How long a room may take to hear of an event that is stored, in ms. */
const hearingMs = 1_000;
/** How many events' counts are held, the newest; those of older ones are forgotten. */
const talliesMax = 10_000;

/** Counts who was sent an event, over all nodes, where its publish asks for that. */
export class ReceiverCount {
  readonly #clock: Clock;
  readonly #peers: Peers;
  readonly #roomsOf: (topic: string) => Iterable<number>;
  readonly #tallies = new Map<string, Tally>();

  /** @param roomsOf the numbers of this node's rooms that hear the topic */
  constructor(clock: Clock, peers: Peers, roomsOf: (topic: string) => Iterable<number>) {
    this.#clock = clock;
    this.#peers = peers;
    this.#roomsOf = roomsOf;
    peers.answer("receivers", (counted: Counted) => this.#here(counted));
  }

  /** So many members of the room were sent the event. */
  note(event: Event, room: number, receivers: number): void {
    const tally = this.#tally(keyOf(event));
    tally.rooms.set(room, receivers);
    tally.changed();
  }

  /** How many were sent it. */
  async count({ publication, topic }: Counted): Promise<Receivers> {
    const counted = { publication, topic };
    let elsewhere = 0;
    let areWhole = true;
    const [isAnswered, here] = await Promise.all([
      this.#peers.ask("receivers", counted, ({ receivers, isWhole }: Answered) => {
        elsewhere += receivers;
        areWhole &&= isWhole;
      }),
      this.#here(counted),
    ]);
    return { receivers: here.receivers + elsewhere, isWhole: isAnswered && areWhole && here.isWhole };
  }

  /** Waits until every room that hears the topic has heard the event, for a while. */
  async #here(counted: Counted): Promise<Answered> {
    const rooms = [...this.#roomsOf(counted.topic)];
    if (rooms.length === 0) return { receivers: 0, isWhole: true };
    const key = keyOf(counted);
    const tally = this.#tally(key);
    const isWhole = () => rooms.every((room) => tally.rooms.has(room));
    await new Promise<void>((resolve) => {
      const stop = this.#clock.after(hearingMs, resolve);
      tally.changed = () => {
        if (!isWhole()) return;
        stop();
        resolve();
      };
      tally.changed();
    });
    this.#tallies.delete(key);
    return { receivers: [...tally.rooms.values()].reduce((sum, one) => sum + one, 0), isWhole: isWhole() };
  }

  #tally(key: string): Tally {
    const known = this.#tallies.get(key);
    if (known !== undefined) return known;
    const tally: Tally = { rooms: new Map(), changed: () => {} };
    this.#tallies.set(key, tally);
    for (const oldest of this.#tallies.keys()) {
      if (this.#tallies.size <= talliesMax) break;
      this.#tallies.delete(oldest);
    }
    return tally;
  }
}

function keyOf({ publication, topic }: Counted): string {
  return `${publication} ${topic}`;
}
