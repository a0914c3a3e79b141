import type { Session } from "../../core/session.ts";

/** Who somebody is on a presence channel, as their back end has signed it. */
export interface PresenceMember {
  readonly userId: string;
  /** JSON text; undefined where the back end said nothing of them. */
  readonly userInfo: string | undefined;
}

/** What happens on an application's channels, as its webhooks tell it. */
export interface ChannelListener {
  /** Somebody is there, where nobody was. */
  occupied(channel: string): void;
  /** Nobody is there any longer. */
  vacated(channel: string): void;
  memberAdded(channel: string, userId: string): void;
  memberRemoved(channel: string, userId: string): void;
}

const nobody: ReadonlyMap<Session, PresenceMember | undefined> = new Map();

/** Who of an application's clients is on which channel of this node, and who has signed in as whom. */
export class Channels {
  readonly #channels = new Map<string, Map<Session, PresenceMember | undefined>>();
  readonly #users = new Map<string, Set<Session>>();
  readonly #listeners: readonly ChannelListener[];

  constructor(listeners: readonly ChannelListener[]) {
    this.#listeners = listeners;
  }

  /** The channels that somebody is on. */
  get names(): Iterable<string> {
    return this.#channels.keys();
  }

  /** How many connections of the application's clients are on the channel. */
  size(channel: string): number {
    return this.#on(channel).size;
  }

  /** The users on a presence channel: each once, however many connections they have. */
  users(channel: string): ReadonlyMap<string, PresenceMember> {
    const users = new Map<string, PresenceMember>();
    for (const member of this.#on(channel).values())
      if (member !== undefined && !users.has(member.userId)) users.set(member.userId, member);
    return users;
  }

  /** Who the session is on a presence channel. */
  member(channel: string, session: Session): PresenceMember | undefined {
    return this.#on(channel).get(session);
  }

  /** The session is on the channel from now on. @returns whether it brings a user who was not there */
  join(channel: string, session: Session, member: PresenceMember | undefined): boolean {
    const isNew = member !== undefined && !this.users(channel).has(member.userId);
    const sessions = this.#channels.get(channel);
    if (sessions === undefined) {
      this.#channels.set(channel, new Map([[session, member]]));
      for (const one of this.#listeners) one.occupied(channel);
    } else sessions.set(session, member);
    if (isNew) for (const one of this.#listeners) one.memberAdded(channel, member.userId);
    return isNew;
  }

  /** The session is no longer on the channel. @returns the user who is gone with it */
  leave(channel: string, session: Session): PresenceMember | undefined {
    const sessions = this.#channels.get(channel);
    const member = sessions?.get(session);
    if (sessions?.delete(session) !== true) return undefined;
    const isGone = member !== undefined && !this.users(channel).has(member.userId);
    if (isGone) for (const one of this.#listeners) one.memberRemoved(channel, member.userId);
    if (sessions.size === 0) {
      this.#channels.delete(channel);
      for (const one of this.#listeners) one.vacated(channel);
    }
    return isGone ? member : undefined;
  }

  /** Sends a frame to all on the channel but one. */
  tell(channel: string, frame: string, but: Session): void {
    for (const session of this.#on(channel).keys()) if (session !== but) session.send(frame);
  }

  /** The session is the user's from now on. */
  signIn(userId: string, session: Session): void {
    const sessions = this.#users.get(userId);
    if (sessions === undefined) this.#users.set(userId, new Set([session]));
    else sessions.add(session);
  }

  /** The session is nobody's any longer. */
  signOut(userId: string, session: Session): void {
    const sessions = this.#users.get(userId);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#users.delete(userId);
  }

  /** The connections that have signed in as the user. */
  sessionsOf(userId: string): readonly Session[] {
    return [...(this.#users.get(userId) ?? [])];
  }

  #on(channel: string): ReadonlyMap<Session, PresenceMember | undefined> {
    return this.#channels.get(channel) ?? nobody;
  }
}
