import { Refusal } from "../../core/errors.ts";
import type { Event } from "../../core/event.ts";
import type { Grant } from "../../core/policy.ts";
import type { Session } from "../../core/session.ts";
import { channelOfUser, parseChannel, type Channel } from "./channel.ts";
import { eventFrame, systemFrame } from "./frames.ts";
import type { Place } from "./place.ts";
import { changeFrames, presenceOf } from "./presence-frames.ts";
import type { PresenceMember } from "./presence-member.ts";
import { memberIn, userIn } from "./signed-data.ts";
import { isAuth } from "./signature.ts";

type Data = Readonly<Record<string, unknown>>;

/** The channels that one client is on, and what lets it there. */
export class PusherSubscriptions {
  readonly #session: Session;
  readonly #place: Place;
  readonly #joined = new Map<string, Channel>();
  #userId: string | undefined;
  #isMoving = false;

  constructor(session: Session, place: Place) {
    this.#session = session;
    this.#place = place;
    this.#authorise();
  }

  /** The channel, if the client is on it. */
  joined(name: unknown): Channel | undefined {
    return typeof name === "string" ? this.#joined.get(name) : undefined;
  }

  /** Answers `pusher:subscribe`. @throws Refusal */
  async subscribe(data: Data): Promise<void> {
    const channel = parseChannel(data["channel"]);
    const { name, topic, alias } = channel;
    if (this.#joined.has(name))
      throw new Refusal("invalid_argument", `channel: this client is on ${name} already`);
    let member: PresenceMember | undefined;
    try {
      this.#demandAuth(channel, data);
      member = channel.kind === "presence" ? memberIn(data["channel_data"]) : undefined;
    } catch (error) {
      if (error instanceof Refusal) this.#say("pusher:subscription_error", authError(error), name);
      throw error;
    }
    this.#joined.set(name, channel);
    this.#authorise();
    try {
      const prelude = channel.isCache ? ({ retained: true } as const) : undefined;
      const entry = await this.#session.subscribe({ topic, match: "exact", alias }, prelude);
      if (this.#session.ended) return;
      this.#place.channels.join(name, this.#session, member);
      await this.#welcome(name, member);
      if (channel.isCache) this.#sayLast(channel, entry.retained);
      entry.start();
    } catch (error) {
      this.#joined.delete(name);
      this.#authorise();
      throw error;
    }
  }

  /** Answers `pusher:unsubscribe`, by nothing. @throws Refusal */
  unsubscribe(data: Data): void {
    const channel = this.joined(data["channel"]);
    if (channel === undefined) return;
    const { name, topic, alias } = channel;
    this.#joined.delete(name);
    this.#place.channels.leave(name, this.#session);
    this.#session.unsubscribe({ topic, match: "exact", alias });
    this.#authorise();
  }

  /** Answers `pusher:signin`. @throws Refusal */
  signIn({ auth, user_data: userData }: Data): void {
    const { app, clients } = this.#place;
    if (typeof userData !== "string" || !isAuth(app, `${this.#session.id}::user::${userData}`, auth))
      throw new Refusal("unauthenticated", "auth: is not the application's signature of user_data");
    const userId = userIn(userData);
    if (this.#userId !== undefined && this.#userId !== userId)
      throw new Refusal("unauthenticated", `user_data: this client has signed in as ${this.#userId}`);
    this.#userId = userId;
    this.#authorise();
    clients.signIn(userId, this.#session);
    this.#say("pusher:signin_success", { user_data: userData });
  }

  /** The client will be sent to another node: there, it was never away. */
  move(): void {
    this.#isMoving = true;
  }

  /** The session has ended: nobody is told twice. */
  clear(): void {
    for (const name of this.#joined.keys()) this.#place.channels.leave(name, this.#session, this.#isMoving);
    this.#joined.clear();
    if (this.#userId !== undefined) this.#place.clients.signOut(this.#userId, this.#session);
  }

  #demandAuth({ name, kind, topic }: Channel, { auth, channel_data: channelData }: Data): void {
    const { app, isPublic } = this.#place;
    if (kind === "public" && !isPublic(topic))
      throw new Refusal(
        "unauthenticated",
        `channel: ${topic} is not public here; subscribe to private-${topic} (or see SWITCHBOARD_PUSHER_PUBLIC)`,
      );
    if (kind === "user" && (this.#userId === undefined || name !== channelOfUser(this.#userId)))
      throw new Refusal("unauthenticated", `channel: ${name} is for that user only, once signed in`);
    if (kind === "public" || kind === "user") return;
    const signed = `${this.#session.id}:${name}`;
    const text = typeof channelData === "string" ? `${signed}:${channelData}` : signed;
    if (!isAuth(app, text, auth))
      throw new Refusal("unauthenticated", `auth: is not the application's signature for ${name}`);
  }

  /** What the client may do: what its token allows, if it has one, and what its back end has signed. */
  #authorise(): void {
    const { node, opening, authority } = this.#session;
    if (node.authenticator === undefined) return;
    const given = opening.grant;
    const topics = [...this.#joined.values()].map(({ topic }) => topic);
    const grant: Grant = {
      crmIds: given?.crmIds ?? [],
      patterns: {
        ...given?.patterns,
        subscribe: [...(given?.patterns.subscribe ?? []), ...topics],
        publish: [...(given?.patterns.publish ?? []), ...topics],
      },
      read: given?.read ?? false,
      admin: given?.admin ?? false,
      tickets: given?.tickets ?? false,
      subject: given?.subject ?? this.#userId,
      expiresAt: given?.expiresAt,
    };
    authority.take(grant);
  }

  /** On a presence channel, resolves once it is known who is there; never where the client has gone by then. */
  #welcome(name: string, member: PresenceMember | undefined): Promise<void> | undefined {
    const welcome = (data: unknown) => this.#say("pusher_internal:subscription_succeeded", data, name);
    if (member === undefined) {
      welcome({});
      return undefined;
    }
    let isWelcome = false;
    return new Promise((resolve) => {
      this.#place.channels.watch(name, this.#session, (change) => {
        if (isWelcome) for (const frame of changeFrames(name, change)) this.#session.send(frame);
        else {
          isWelcome = true;
          welcome(presenceOf(change.joined));
          resolve();
        }
      });
    });
  }

  /** A cache channel's last event, for who comes later. */
  #sayLast({ name, alias }: Channel, last: Event | undefined): void {
    if (last !== undefined) return this.#session.send(eventFrame(last, { alias }));
    this.#session.send(JSON.stringify({ event: "pusher:cache_miss", channel: name }));
    for (const one of this.#place.webhooks) one.tell({ name: "cache_miss", channel: name });
  }

  #say(event: string, data: unknown, channel?: string): void {
    this.#session.send(systemFrame(event, data, channel));
  }
}

function authError({ message }: Refusal) {
  return { type: "AuthError", error: message, status: 401 };
}
