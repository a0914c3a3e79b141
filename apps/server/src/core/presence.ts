import { Attendance, type PresenceListener, type Who } from "./attendance.ts";
import type { Clock } from "./clock.ts";
import type { Member } from "./member.ts";
import type { Peers } from "./peers.ts";
import type { Turn } from "./turn.ts";

/** Who is on a topic, by session and by subject; `partial` where a node did not say. */
export interface PresenceList {
  readonly sessions: readonly Who[];
  readonly subjects: readonly string[];
  readonly partial?: true;
}

/** A node asks who is on its topics, and whether to be told of changes from now on. */
interface Asked {
  readonly topics: readonly string[];
  readonly watch: boolean;
}

type Answered = Readonly<Record<string, readonly Who[]>>;

interface Moved {
  readonly topic: string;
  readonly who: Who;
  readonly isHere: boolean;
}

/** What presence is made of. */
export interface PresenceParts {
  readonly clock: Clock;
  readonly turn: Turn;
  /** How long somebody may be away before others are told, in ms. */
  readonly graceMs: number;
  readonly peers: Peers;
  /** The sessions of this node that are on the topic. */
  readonly membersOf: (topic: string) => Iterable<Member>;
}

/**
 * Who is on which topics, on all nodes. Each node knows its own, and tells of them those nodes where somebody watches; nothing is sent
 * for topics that nobody watches. Those of a node that is lost have left, unless they come back elsewhere within the grace period.
 */
export class Presence {
  readonly #parts: PresenceParts;
  /** The topics that somebody watches on this node. */
  readonly #watched = new Map<string, Attendance>();
  /** The nodes that are told of a topic. */
  readonly #told = new Map<string, Set<string>>();

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    const { peers } = parts;
    peers.answer("presence", (asked: Asked, from) => this.#answer(asked, from));
    peers.hear("presence", ({ topic, who, isHere }: Moved, from) => {
      const watched = this.#watched.get(topic);
      if (isHere) watched?.arrive(who, from);
      else watched?.depart(who.session, from);
    });
    peers.hear("presence.unwatched", (topic: string, from) => this.#forget(topic, from));
    peers.watch({
      lost: (node) => {
        for (const topic of this.#told.keys()) this.#forget(topic, node);
        for (const attendance of this.#watched.values()) attendance.settle(node, []);
      },
      found: (node) => void this.#gather([...this.#watched.keys()], node),
    });
  }

  /** Tells the watcher first who is there, then who comes and goes. */
  watch(topic: string, watcher: Member, listener: PresenceListener): void {
    const attendance = this.#watched.get(topic) ?? this.#begin(topic);
    attendance.watch(watcher, listener);
  }

  /** Who is on the topic now. */
  async list(topic: string): Promise<PresenceList> {
    const present = new Map(this.#here(topic).map((who) => [who.session, who]));
    const asked: Asked = { topics: [topic], watch: false };
    const isWhole = await this.#parts.peers.ask("presence", asked, (answered: Answered) => {
      for (const who of answered[topic] ?? []) present.set(who.session, who);
    });
    const sessions = [...present.values()];
    const subjects = [...new Set(sessions.flatMap(({ subject }) => subject ?? []))];
    return { sessions, subjects, ...(!isWhole && { partial: true }) };
  }

  /** The member is in the topic's room. */
  join(topic: string, member: Member): void {
    this.#watched.get(topic)?.arrive(whoIs(member), this.#parts.peers.self);
    this.#tell(topic, member, true);
  }

  /** The member has left the topic's room. */
  leave(topic: string, member: Member): void {
    this.#tell(topic, member, false);
    const attendance = this.#watched.get(topic);
    if (attendance === undefined) return;
    attendance.unwatch(member);
    if (attendance.isWatched) attendance.depart(member.id, this.#parts.peers.self);
    else this.#end(topic, attendance);
  }

  #begin(topic: string): Attendance {
    const { clock, turn, graceMs, peers } = this.#parts;
    const attendance = new Attendance(clock, turn, graceMs);
    this.#watched.set(topic, attendance);
    attendance.settle(peers.self, this.#here(topic));
    if (peers.others.size === 0) attendance.gathered();
    else void this.#gather([topic]).then(() => attendance.gathered());
    return attendance;
  }

  #end(topic: string, attendance: Attendance): void {
    attendance.end();
    this.#watched.delete(topic);
    this.#parts.peers.tell("presence.unwatched", topic);
  }

  /** Asks who is on the topics elsewhere; from then on those nodes tell. */
  async #gather(topics: readonly string[], only?: string): Promise<void> {
    if (topics.length === 0) return;
    const asked: Asked = { topics, watch: true };
    const settle = (answered: Answered, from: string) => {
      for (const [topic, here] of Object.entries(answered)) this.#watched.get(topic)?.settle(from, here);
    };
    await this.#parts.peers.ask("presence", asked, settle, only);
  }

  #answer({ topics, watch }: Asked, from: string): Answered {
    if (watch)
      for (const topic of topics) {
        const nodes = this.#told.get(topic) ?? new Set();
        this.#told.set(topic, nodes.add(from));
      }
    return Object.fromEntries(topics.map((topic) => [topic, this.#here(topic)]));
  }

  #forget(topic: string, node: string): void {
    const nodes = this.#told.get(topic);
    nodes?.delete(node);
    if (nodes?.size === 0) this.#told.delete(topic);
  }

  #tell(topic: string, member: Member, isHere: boolean): void {
    const nodes = this.#told.get(topic);
    if (nodes === undefined) return;
    const moved: Moved = { topic, who: whoIs(member), isHere };
    for (const node of nodes) this.#parts.peers.tell("presence", moved, node);
  }

  #here(topic: string): Who[] {
    return [...this.#parts.membersOf(topic)].map(whoIs);
  }
}

/** How a member is told of to others. */
function whoIs({ id, subject }: Member): Who {
  return { session: id, ...(subject !== undefined && { subject }) };
}
