import { compilePattern, type PublishResult } from "@switchboard/protocol";
import type { Clock } from "./clock.ts";
import type { Accepted, EventLog, Prelude } from "./engine.ts";
import { Close, Refusal } from "./errors.ts";
import type { Draft, Event } from "./event.ts";
import { Joining, type Joined } from "./joining.ts";
import type { Limits } from "./limits.ts";
import type { Member } from "./member.ts";
import type { Pace } from "./pace.ts";
import type { Presence, PresenceListener } from "./presence.ts";
import { tokenIn } from "./receipts.ts";
import { Room, type Waiting } from "./room.ts";
import { keyOf, type Subscription } from "./subscription.ts";
import type { Tally } from "./tally.ts";
import type { WatchedRoom, Watchers } from "./watchers.ts";

/** What became of a publish. */
export interface Published {
  readonly publication: string;
  readonly results: readonly PublishResult[];
}

/** What a broker is made of. */
export interface BrokerParts {
  readonly log: EventLog;
  readonly presence: Presence;
  /** The session of this node with the id, if there is one. */
  readonly find: (id: string) => Member | undefined;
  readonly limits: Limits;
  /** How histories are let out. */
  readonly pace: Pace;
  readonly clock: Clock;
  readonly tally: Tally;
  readonly watchers: Watchers;
  /** Hears to how many members of a room an event was sent that is to be counted. */
  readonly note: (event: Event, room: number, receivers: number) => void;
  readonly report: (error: unknown) => void;
}

/** A room in which somebody on this node listens. */
interface OpenRoom extends WatchedRoom {
  readonly room: Room;
  readonly listening: Promise<() => void>;
  isListening: boolean;
}

/** Publish and subscribe on this node: which sessions hear which topics. Local delivery happens here, whatever the engine. */
export class Broker {
  readonly #log: EventLog;
  readonly #parts: BrokerParts;
  readonly #rooms = new Map<string, OpenRoom>();
  /** The rooms of patterns, with the topics that each means. */
  readonly #patterns = new Map<OpenRoom, (topic: string) => boolean>();
  /** The aliases under which topics were joined: a few. */
  readonly #aliases = new Set<string>();
  #roomNumber = 0;
  #published = 0;

  constructor(parts: BrokerParts) {
    this.#log = parts.log;
    this.#parts = parts;
  }

  /** How many events were published through this node since it started. */
  get published(): number {
    return this.#published;
  }

  /** The topics that sessions of this node listen to, with how many do. */
  *topics(prefix = ""): Iterable<{ readonly topic: string; readonly subscribers: number }> {
    for (const { topic, match, alias } of this.#rooms.values()) {
      if (match !== "exact" || !topic.startsWith(prefix)) continue;
      if (alias === undefined || this.#named(topic).next().value?.alias === alias)
        yield { topic, subscribers: this.subscribers(topic) };
    }
  }

  /** What sessions of this node subscribe to, patterns included, each with its room. */
  rooms(): Iterable<WatchedRoom> {
    return this.#rooms.values();
  }

  /** The rooms in which an event of the topic is heard. */
  *roomsOf(topic: string): Iterable<OpenRoom> {
    yield* this.#named(topic);
    for (const [one, matches] of this.#patterns) if (matches(topic)) yield one;
  }

  /** How many sessions of this node listen to the topic. */
  subscribers(topic: string): number {
    let subscribers = 0;
    for (const { room } of this.#named(topic)) subscribers += room.size;
    return subscribers;
  }

  /** The sessions of this node that listen to the topic. */
  members(topic: string): Iterable<Member> {
    if (this.#aliases.size === 0) return this.#rooms.get(topic)?.room ?? [];
    return new Set([...this.#named(topic)].flatMap(({ room }) => [...room]));
  }

  /** Tells the member who is on the topic, then who comes and goes, until it leaves; without a listener, no longer. */
  watch(member: Member, topic: string, listener: PresenceListener | undefined): void {
    this.#parts.presence.watch(topic, member, listener);
  }

  /** Publishes the draft in a topic; see `EventLog.publish`. */
  publishTo(topic: string, draft: Draft): Promise<Accepted> {
    this.#published += 1;
    return this.#log.publish(topic, draft);
  }

  /** Publishes the draft in each of the topics. `publishedOf` says what came of it. */
  publish(topics: readonly string[], draft: Draft): Promise<readonly Accepted[]> {
    const { ack } = draft;
    return Promise.all(
      topics.map((topic, i) =>
        this.publishTo(topic, ack === undefined ? draft : { ...draft, ack: tokenIn(ack, i) }),
      ),
    );
  }

  /**
   * Lets the member into a room; its news is held until the result's `start`. A second join replaces the first, which is then refused
   * as `canceled`, as is one that `leave` overtakes.
   */
  async join(member: Member, subscription: Subscription, prelude?: Prelude): Promise<Joined> {
    const { topic, match } = subscription;
    const query = prelude === undefined || "retained" in prelude ? undefined : prelude;
    const opened = this.#rooms.get(keyOf(subscription)) ?? this.#open(subscription);
    if (this.#parts.watchers.any && !opened.room.has(member))
      this.#parts.watchers.tell("entered", opened, member, opened.room.size === 0);
    const joining = new Joining(member, opened.room, this.#parts);
    try {
      await opened.listening;
      opened.isListening = true;
      const history = query && (await this.#log.history(topic, query));
      const newest = match === "exact" && query === undefined ? await this.#log.position(topic) : undefined;
      const asksLast = match === "exact" && prelude !== undefined && "retained" in prelude;
      const retained = asksLast ? await this.#log.retained(topic) : undefined;
      if (!joining.waits)
        throw new Refusal("canceled", `${topic} was left, or joined anew, before it was joined`);
      if (match === "exact") this.#parts.presence.join(topic, member);
      if (history === undefined) return joining.toNews(newest, retained);
      const heard = query && "since" in query && history.complete;
      return joining.toHistory(history, heard ? query.since.offset : -1);
    } catch (error) {
      if (joining.waits) this.leave(member, subscription);
      throw error;
    }
  }

  /** The member no longer hears the room. */
  leave(member: Member, subscription: Subscription): void {
    const opened = this.#rooms.get(keyOf(subscription));
    if (opened === undefined) return;
    const wasHere = this.#parts.watchers.any && opened.room.has(member);
    const waiting = opened.room.remove(member);
    if (waiting !== undefined) this.#passOn(subscription.topic, member, waiting);
    if (wasHere) this.#parts.watchers.tell("exited", opened, member, opened.room.size === 0);
    if (subscription.match === "exact" && !this.#isOn(subscription.topic, member))
      this.#parts.presence.leave(subscription.topic, member);
    if (opened.room.size === 0) this.#close(opened);
  }

  /** What waited in a room for who has left it may be heard by a pattern, and was not sent there. */
  #passOn(left: string, member: Member, { held, forgot }: Waiting): void {
    if (member.language.hearsEach === true) return;
    const roomFor = (topic: string): Room | undefined => {
      for (const [{ room }, matches] of this.#patterns) if (room.has(member) && matches(topic)) return room;
      return undefined;
    };
    if (forgot !== undefined && roomFor(left) !== undefined) return member.fail(new Close("tooSlow"));
    for (const event of held) roomFor(event.topic)?.tell(member, event);
  }

  /** The rooms of just this topic: its own, and one for each alias under which it is heard. */
  *#named(topic: string): Generator<OpenRoom, undefined> {
    const own = this.#rooms.get(topic);
    if (own !== undefined) yield own;
    for (const alias of this.#aliases) {
      const other = this.#rooms.get(keyOf({ topic, match: "exact", alias }));
      if (other !== undefined) yield other;
    }
  }

  #isOn(topic: string, member: Member): boolean {
    for (const { room } of this.#named(topic)) if (room.has(member)) return true;
    return false;
  }

  #open(subscription: Subscription): OpenRoom {
    const { topic, match, alias } = subscription;
    const { find, limits, clock, tally, note } = this.#parts;
    const isPattern = match !== "exact";
    if (isPattern && this.#patterns.size >= limits.patternsMax)
      throw new Refusal("limit_exceeded", `match: this node hears ${limits.patternsMax} patterns, its most`);
    const heardElsewhere = isPattern ? this.#heardElsewhere : undefined;
    const number = (this.#roomNumber += 1);
    const room = new Room(number, find, { heardElsewhere, note, alias, tally });
    const listening = this.#log.listen(topic, match, room);
    const since = clock.now();
    const opened = { topic, match, alias, room, listening, since, isListening: false };
    this.#rooms.set(keyOf(subscription), opened);
    if (isPattern) this.#patterns.set(opened, compilePattern(topic, match));
    if (alias !== undefined) this.#aliases.add(alias);
    return opened;
  }

  #close(opened: OpenRoom): void {
    this.#rooms.delete(keyOf(opened));
    this.#patterns.delete(opened);
    opened.listening.then((stop) => stop()).catch(this.#parts.report);
  }

  /** Of all rooms in which the member would hear the event, one sends it: the topic's own, else the pattern opened first. */
  readonly #heardElsewhere = (member: Member, event: Event, asking: Room): boolean => {
    if (member.language.hearsEach === true) return false;
    const own = this.#rooms.get(event.topic);
    if (own?.room.has(member) === true) {
      // Its own room does not hear it before it listens, but keeps it for the member.
      if (!own.isListening) own.room.tell(member, event);
      return true;
    }
    for (const [{ room }, matches] of this.#patterns) {
      if (room === asking) return false;
      if (room.has(member) && matches(event.topic)) return true;
    }
    return false;
  };
}

/** What became of a publish, as its publisher is told. */
export function publishedOf(accepted: readonly Accepted[]): Published {
  return { publication: accepted[0]?.event.publication ?? "", results: accepted.map(resultOf) };
}

function resultOf({ event, epoch, duplicate, receivers }: Accepted): PublishResult {
  return {
    topic: event.topic,
    epoch,
    offset: event.offset,
    ...(receivers !== undefined && { receivers }),
    ...(duplicate && { duplicate }),
  };
}
