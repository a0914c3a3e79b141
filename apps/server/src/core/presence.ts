import type { Clock } from "./clock.ts";
import type { Member } from "./member.ts";
import type { Turn } from "./turn.ts";

/** Somebody on a topic. */
interface Who {
  readonly session: string;
  readonly subject?: string;
}

/** Who came to a topic, and who left. */
interface PresenceChange {
  readonly joined: readonly Who[];
  readonly left: readonly Who[];
}

/** Hears who comes and goes. */
export type PresenceListener = (change: PresenceChange) => void;

interface Watched {
  readonly present: Map<string, Who>;
  /** Those who have left, but may come back before anybody is told. */
  readonly leaving: Map<string, () => void>;
  readonly watchers: Map<Member, PresenceListener>;
  joined: Who[];
  left: Who[];
}

/**
 * Who is on the topics that somebody watches. Whoever leaves and comes back as the same session within the grace period has not been
 * away; what changes in one turn is told at once.
 */
export class Presence {
  readonly #clock: Clock;
  readonly #turn: Turn;
  readonly #graceMs: number;
  readonly #topics = new Map<string, Watched>();

  constructor(clock: Clock, turn: Turn, graceMs: number) {
    this.#clock = clock;
    this.#turn = turn;
    this.#graceMs = graceMs;
  }

  /** Tells the watcher first who is there, then who comes and goes. */
  watch(topic: string, watcher: Member, listener: PresenceListener, members: Iterable<Member>): void {
    const watched = this.#topics.get(topic) ?? this.#begin(topic, members);
    watched.watchers.set(watcher, listener);
    listener({ joined: [...watched.present.values()], left: [] });
  }

  /** The member is in the topic's room. */
  join(topic: string, member: Member): void {
    const watched = this.#topics.get(topic);
    if (watched === undefined) return;
    watched.leaving.get(member.id)?.();
    watched.leaving.delete(member.id);
    if (watched.present.has(member.id)) return;
    watched.present.set(member.id, whoIs(member));
    this.#note(watched).joined.push(whoIs(member));
  }

  /** The member has left the topic's room. */
  leave(topic: string, member: Member): void {
    const watched = this.#topics.get(topic);
    if (watched === undefined) return;
    watched.watchers.delete(member);
    if (watched.watchers.size === 0) return this.#end(topic, watched);
    const { id } = member;
    watched.leaving.get(id)?.();
    const stop = this.#clock.after(this.#graceMs, () => {
      watched.leaving.delete(id);
      const who = watched.present.get(id);
      watched.present.delete(id);
      if (who !== undefined) this.#note(watched).left.push(who);
    });
    watched.leaving.set(id, stop);
  }

  #begin(topic: string, members: Iterable<Member>): Watched {
    const present = new Map([...members].map((member) => [member.id, whoIs(member)]));
    const watched = { present, leaving: new Map(), watchers: new Map(), joined: [], left: [] };
    this.#topics.set(topic, watched);
    return watched;
  }

  #end(topic: string, watched: Watched): void {
    for (const stop of watched.leaving.values()) stop();
    this.#topics.delete(topic);
  }

  #note(watched: Watched): Watched {
    if (watched.joined.length + watched.left.length === 0) this.#turn.atEnd({ run: () => tell(watched) });
    return watched;
  }
}

/** How a member is told of to others. */
function whoIs({ id, subject }: Member): Who {
  return { session: id, ...(subject !== undefined && { subject }) };
}

/** Who is on the topic now, by session and by subject. */
export function presenceOf(rooms: { members(topic: string): Iterable<Member> }, topic: string) {
  const sessions = [...rooms.members(topic)].map(whoIs);
  return { sessions, subjects: [...new Set(sessions.flatMap(({ subject }) => subject ?? []))] };
}

function tell(watched: Watched): void {
  const { joined, left, watchers } = watched;
  watched.joined = [];
  watched.left = [];
  for (const listener of watchers.values()) listener({ joined, left });
}
