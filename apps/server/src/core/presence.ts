import type { ChangeListener } from "./attendance.ts";
import type { Clock } from "./clock.ts";
import type { Member } from "./member.ts";
import type { Peers } from "./peers.ts";
import type { Turn } from "./turn.ts";
import { Whereabouts } from "./whereabouts.ts";

/** Somebody on a topic. */
export interface Who {
  readonly session: string;
  readonly subject?: string;
}

/** Hears who comes to a topic, and who leaves. */
export type PresenceListener = ChangeListener<Who>;

/** Who is on a topic, by session and by subject; `partial` where a node did not say. */
interface PresenceList {
  readonly sessions: readonly Who[];
  readonly subjects: readonly string[];
  readonly partial?: true;
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

/** Which sessions are on which topics, on all nodes. */
export class Presence {
  readonly #whereabouts: Whereabouts<Who>;

  constructor({ clock, turn, graceMs, peers, membersOf }: PresenceParts) {
    this.#whereabouts = new Whereabouts({
      name: "presence",
      clock,
      turn,
      grace: { leftMs: graceMs, lostMs: graceMs },
      peers,
      keyOf: ({ session }) => session,
      here: (topic) => [...membersOf(topic)].map(whoIs),
    });
  }

  /** Tells the watcher first who is there, then who comes and goes; without a listener, no longer. */
  watch(topic: string, watcher: Member, listener: PresenceListener | undefined): void {
    if (listener === undefined) this.#whereabouts.unwatch(topic, watcher);
    else this.#whereabouts.watch(topic, watcher, listener);
  }

  /** Who is on the topic now. */
  async list(topic: string): Promise<PresenceList> {
    const { at, ...partial } = await this.#whereabouts.list([topic]);
    const sessions = [...(at.get(topic)?.values() ?? [])];
    const subjects = [...new Set(sessions.flatMap(({ subject }) => subject ?? []))];
    return { sessions, subjects, ...partial };
  }

  /** The member is in the topic's room. */
  join(topic: string, member: Member): void {
    this.#whereabouts.enter(topic, whoIs(member));
  }

  /** The member has left the topic's room. */
  leave(topic: string, member: Member): void {
    this.#whereabouts.unwatch(topic, member);
    this.#whereabouts.exit(topic, whoIs(member));
  }
}

/** How a member is told of to others. */
function whoIs({ id, subject }: Member): Who {
  return { session: id, ...(subject !== undefined && { subject }) };
}
