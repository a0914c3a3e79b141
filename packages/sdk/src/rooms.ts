import { compilePattern, type Match, type Position } from "@switchboard/protocol";
import type { Arrival } from "./event.ts";
import type { Presence } from "./presence.ts";
import { Room } from "./room.ts";
import type { Reader } from "./reader.ts";
import type { Wire } from "./wire.ts";

interface PatternRoom {
  readonly room: Room;
  readonly matches: (topic: string) => boolean;
}

/** Every topic and pattern that someone in this client listens to, and the way of an event to them. */
export class Rooms {
  readonly #wire: Wire<Room>;
  readonly #exact = new Map<string, Room>();
  readonly #patterns = new Map<string, PatternRoom>();

  constructor(wire: Omit<Wire<Room>, "emptied">) {
    this.#wire = { ...wire, emptied: (room) => this.#drop(room) };
  }

  /** Whether someone listens to the topic. */
  has(topic: string): boolean {
    return this.#exact.has(topic);
  }

  /** Up to where everyone who listens to the topic has handled all. */
  position(topic: string): Position | undefined {
    return this.#exact.get(topic)?.position;
  }

  /** Lets the reader in, and opens the room if it is the first. */
  join(reader: Reader): Room {
    const room = this.#find(reader.topic, reader.match) ?? this.#open(reader.topic, reader.match);
    room.join(reader);
    return room;
  }

  /** Gives the event to everyone it is new for. Patterns hear news only, each event once. */
  receive(arrival: Arrival): void {
    const { topic } = arrival.frame;
    const isNews = this.#exact.get(topic)?.receive(arrival) ?? true;
    if (!isNews || this.#patterns.size === 0) return;
    for (const { room, matches } of this.#patterns.values()) if (matches(topic)) room.receive(arrival);
  }

  /** Tells the topic's listeners who is there, or who came and went. */
  attend(topic: string, change: Pick<Presence, "joined" | "left">): void {
    this.#exact.get(topic)?.attend(change);
  }

  /** The connection stands: everything is subscribed. */
  live(): void {
    for (const room of this.all()) room.live();
  }

  /** The connection is gone. */
  lost(): void {
    for (const room of this.all()) room.lost();
  }

  /** Every room there is, as a list of its own. */
  all(): readonly Room[] {
    return [...this.#exact.values(), ...[...this.#patterns.values()].map(({ room }) => room)];
  }

  #find(topic: string, match: Match): Room | undefined {
    return match === "exact" ? this.#exact.get(topic) : this.#patterns.get(keyOf(topic, match))?.room;
  }

  #open(topic: string, match: Match): Room {
    const room = new Room(topic, match, this.#wire);
    if (match === "exact") this.#exact.set(topic, room);
    else this.#patterns.set(keyOf(topic, match), { room, matches: compilePattern(topic, match) });
    return room;
  }

  #drop(room: Room): void {
    if (this.#find(room.topic, room.match) !== room) return;
    if (room.match === "exact") this.#exact.delete(room.topic);
    else this.#patterns.delete(keyOf(room.topic, room.match));
  }
}

function keyOf(pattern: string, match: Match): string {
  return `${match} ${pattern}`;
}
