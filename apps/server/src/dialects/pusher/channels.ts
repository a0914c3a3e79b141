import type { ChangeListener } from "../../core/attendance.ts";
import type { Clock } from "../../core/clock.ts";
import type { Peers } from "../../core/peers.ts";
import type { Session } from "../../core/session.ts";
import { atOnce } from "../../core/turn.ts";
import { Whereabouts } from "../../core/whereabouts.ts";
import type { PresenceMember } from "./presence-member.ts";

/** A user who is on a presence channel of this node. */
interface UserHere {
  readonly who: PresenceMember;
  connections: number;
}

/** A channel that somebody on this node is on. */
interface Occupied {
  readonly sessions: Map<Session, PresenceMember | undefined>;
  /** Who these are, on a presence channel. */
  readonly users: Map<string, UserHere>;
}

/** A channel that somebody is on, or a user who is on a presence channel: what webhooks tell of. */
interface Fact {
  readonly channel: string;
  readonly userId?: string;
}

/** What changes on an application's channels, as webhooks tell it. */
type ChannelNews = Readonly<Record<"name" | "channel", string> & Partial<Record<"user_id", string>>>;

/** What channels are made of. */
export interface ChannelsParts {
  /** What nodes call the application among themselves. */
  readonly app: string;
  readonly clock: Clock;
  readonly peers: Peers;
  /** How long the users of a lost node may be away before others are told, in ms. */
  readonly presenceGraceMs: number;
}

/** How long a channel is empty, or a user away, before a webhook tells it: a page that reloads is not away. */
const newsGraceMs = 3_000;
/** Where the channels are that somebody is on, and where the users on presence channels. */
const occupied = "channels";
const members = "members";

/** Who of an application's clients is on which channel: each node knows its own, and asks the others. */
export class Channels {
  readonly #channels = new Map<string, Occupied>();
  /** The users on presence channels. */
  readonly #users: Whereabouts<PresenceMember>;
  /** What webhooks tell of. */
  readonly #facts: Whereabouts<Fact>;

  constructor({ app, clock, peers, presenceGraceMs: lostMs }: ChannelsParts) {
    const parts = { clock, peers, turn: atOnce };
    this.#users = new Whereabouts({
      ...parts,
      name: `${app}.users`,
      grace: { leftMs: 0, lostMs },
      keyOf: ({ userId }) => userId,
      here: (channel) => this.#usersHere(channel),
    });
    this.#facts = new Whereabouts({
      ...parts,
      name: `${app}.facts`,
      grace: { leftMs: newsGraceMs, lostMs: Math.max(newsGraceMs, lostMs) },
      // No channel's name has a space.
      keyOf: ({ channel, userId = "" }) => `${channel} ${userId}`,
      here: (place) => (place === occupied ? this.#occupiedHere() : this.#membersHere()),
    });
  }

  /** The channels that somebody is on, on all nodes. */
  async names(): Promise<readonly string[]> {
    const { at } = await this.#facts.list([occupied]);
    return [...(at.get(occupied)?.values() ?? [])].map(({ channel }) => channel);
  }

  /** The ids of the users on each of these presence channels, on all nodes: each once, however many connections they have. */
  async users(channels: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    if (channels.length === 0) return new Map();
    const { at } = await this.#users.list(channels);
    return new Map([...at].map(([channel, users]) => [channel, [...users.keys()]]));
  }

  /** Who the session is on a presence channel. */
  member(channel: string, session: Session): PresenceMember | undefined {
    return this.#channels.get(channel)?.sessions.get(session);
  }

  /** The session is on the channel from now on. */
  join(channel: string, session: Session, member: PresenceMember | undefined): void {
    const { sessions, users } = this.#channels.get(channel) ?? this.#occupy(channel);
    sessions.set(session, member);
    if (member === undefined) return;
    const user = users.get(member.userId);
    if (user !== undefined) {
      user.connections += 1;
      return;
    }
    users.set(member.userId, { who: member, connections: 1 });
    this.#users.enter(channel, member);
    this.#facts.enter(members, { channel, userId: member.userId });
  }

  /** The session is no longer on the channel, and watches it no more. @param isMoving it was sent to another node */
  leave(channel: string, session: Session, isMoving = false): void {
    const left = this.#channels.get(channel);
    const member = left?.sessions.get(session);
    if (left?.sessions.delete(session) !== true) return;
    if (member !== undefined) {
      this.#users.unwatch(channel, session);
      if (wasLast(left, member)) {
        this.#users.exit(channel, member, isMoving);
        this.#facts.exit(members, { channel, userId: member.userId }, isMoving);
      }
    }
    if (left.sessions.size > 0) return;
    this.#channels.delete(channel);
    this.#facts.exit(occupied, { channel }, isMoving);
  }

  /** Tells the session which users are on the presence channel, then who comes first and goes last, on whatever node. */
  watch(channel: string, session: Session, listener: ChangeListener<PresenceMember>): void {
    this.#users.watch(channel, session, listener);
  }

  /** Tells what changes on the channels of all nodes; resolves when it is known what there is elsewhere. */
  async watchNews(tell: (news: ChannelNews) => void): Promise<void> {
    await Promise.all([
      this.#watchFacts(occupied, ({ channel }, isSo) => {
        tell({ name: isSo ? "channel_occupied" : "channel_vacated", channel });
      }),
      this.#watchFacts(members, ({ channel, userId = "" }, isSo) => {
        tell({ name: isSo ? "member_added" : "member_removed", channel, user_id: userId });
      }),
    ]);
  }

  #watchFacts(place: string, tell: (fact: Fact, isSo: boolean) => void): Promise<void> {
    let isKnown = false;
    return new Promise((resolve) => {
      this.#facts.watch(place, {}, ({ joined, left }) => {
        // What others have known before is no news, but what has come here meanwhile is.
        for (const fact of joined) if (isKnown || this.#isHere(fact)) tell(fact, true);
        for (const fact of left) tell(fact, false);
        isKnown = true;
        resolve();
      });
    });
  }

  #isHere({ channel, userId }: Fact): boolean {
    const here = this.#channels.get(channel);
    return here !== undefined && (userId === undefined || here.users.has(userId));
  }

  #occupy(channel: string): Occupied {
    const made: Occupied = { sessions: new Map(), users: new Map() };
    this.#channels.set(channel, made);
    this.#facts.enter(occupied, { channel });
    return made;
  }

  *#usersHere(channel: string): Generator<PresenceMember> {
    for (const { who } of this.#channels.get(channel)?.users.values() ?? []) yield who;
  }

  *#occupiedHere(): Generator<Fact> {
    for (const channel of this.#channels.keys()) yield { channel };
  }

  *#membersHere(): Generator<Fact> {
    for (const [channel, { users }] of this.#channels)
      for (const userId of users.keys()) yield { channel, userId };
  }
}

/** One connection of the user is gone. @returns whether it was the last here */
function wasLast({ users }: Occupied, { userId }: PresenceMember): boolean {
  const user = users.get(userId);
  if (user === undefined || (user.connections -= 1) > 0) return false;
  return users.delete(userId);
}
