import type { Match, Position } from "@switchboard/protocol";
import type { Cursor, Novelty, Start } from "./cursor.ts";
import type { Arrival, Event } from "./event.ts";
import { HandlerList } from "./handler-list.ts";
import { Iteration } from "./iteration.ts";
import { PatternCursor } from "./pattern-cursor.ts";
import type { Heard, Subscription, SubscriptionHandlers } from "./subscription.ts";
import { TopicCursor } from "./topic-cursor.ts";
import type { Presence } from "./presence.ts";
import type { SwitchboardError } from "./switchboard-error.ts";

type Lists = { readonly [Kind in keyof Heard]: HandlerList<Heard[Kind]> };

/** What is read, and how. */
export interface Reading {
  readonly topic: string;
  readonly match: Match;
  readonly start: Start;
  readonly presence: boolean;
}

/** What a reader needs of the client. */
export interface ReaderPorts {
  /** Hears what handlers throw. */
  readonly report: (error: unknown) => void;
  /** The reader's position has changed. */
  moved(): void;
  /** The reader wants to go. */
  leave(reader: Reader): Promise<void>;
}

/** A subscription from within: its handlers, its loops, and how far it has read. Rooms tell it what the server says. */
export class Reader implements Subscription {
  readonly topic: string;
  readonly match: Match;
  /** Whether it wants to hear who is there. */
  readonly wantsPresence: boolean;
  readonly ready: Promise<Position>;
  readonly #ports: ReaderPorts;
  readonly #cursor: Cursor;
  readonly #lists: Lists;
  readonly #iterations = new Set<Iteration>();
  #settleReady: { resolve(position: Position): void; reject(error: unknown): void } | undefined;
  #gone = false;
  #knowsPresence = false;
  readonly #isWanted = () => !this.#gone;

  constructor(
    { topic, match, start, presence }: Reading,
    handlers: SubscriptionHandlers,
    ports: ReaderPorts,
  ) {
    this.topic = topic;
    this.match = match;
    this.wantsPresence = presence;
    this.#ports = ports;
    this.#cursor = match === "exact" ? new TopicCursor(start) : new PatternCursor();
    const { report } = ports;
    this.#lists = {
      event: new HandlerList(handlers.event, report),
      gap: new HandlerList(handlers.gap, report),
      recovered: new HandlerList(handlers.recovered, report),
      refused: new HandlerList(handlers.refused, report),
      presence: new HandlerList(handlers.presence, report),
    };
    this.ready = new Promise((resolve, reject) => (this.#settleReady = { resolve, reject }));
    // Whoever does not ask for `ready` hears of a refusal by `refused` or `onError`.
    this.ready.catch(() => undefined);
  }

  get position(): Position | undefined {
    const { heard } = this.#cursor;
    if (heard === undefined) return undefined;
    let { offset } = heard;
    for (const { oldest } of this.#iterations)
      if (oldest !== undefined && oldest <= offset) offset = oldest - 1;
    return { epoch: heard.epoch, offset };
  }

  /** Where to begin, when the room asks the server next. */
  get next(): Start {
    return this.#cursor.next;
  }

  /** Whether the server has let it in, over this connection. */
  get inside(): boolean {
    return this.#cursor.inside;
  }

  /** Whether history may still come. */
  get expectsHistory(): boolean {
    return this.#cursor.expectsHistory;
  }

  /** The offset of the newest event that came: while it grows, history is still coming. */
  get reached(): number {
    return this.#cursor.reached;
  }

  on<Kind extends keyof Heard>(kind: Kind, handler: (heard: Heard[Kind]) => unknown): () => void {
    return this.#lists[kind].add(handler);
  }

  unsubscribe(): Promise<void> {
    return this.#ports.leave(this);
  }

  [Symbol.asyncIterator](): AsyncIterator<Event> {
    const iteration = new Iteration(() => {
      if (iteration.over) this.#iterations.delete(iteration);
      this.#ports.moved();
    });
    if (this.#gone) iteration.end();
    else this.#iterations.add(iteration);
    return iteration;
  }

  /** The server has let it in. */
  enter(now: Position, recovered: boolean | undefined): void {
    const entry = this.#cursor.enter(now, recovered);
    this.#settleReady?.resolve(now);
    if (entry.kind === "gap")
      this.#lists.gap.call({ topic: this.topic, since: entry.since, now }, this.#isWanted);
    if (!this.expectsHistory) this.settle();
    this.#ports.moved();
  }

  /** An event of its topic. Says what it was to this reader. */
  receive(arrival: Arrival): Novelty {
    const { offset } = arrival.frame;
    const novelty = this.#cursor.take(offset);
    if (novelty !== "live" && novelty !== "recovered") return novelty;
    if (novelty === "live" && this.#cursor.missed !== undefined) this.settle();
    this.#deliver(arrival, arrival.event(novelty === "recovered"));
    this.#cursor.advance(offset);
    if (novelty === "recovered" && !this.#cursor.expectsHistory) this.settle();
    this.#ports.moved();
    return novelty;
  }

  /** Who is there, and what has changed. The first time, everyone has joined. */
  attend(presence: Presence): void {
    if (!this.wantsPresence) return;
    const heard = this.#knowsPresence ? presence : { ...presence, joined: presence.present, left: [] };
    this.#knowsPresence = true;
    if (heard.joined.length + heard.left.length > 0) this.#lists.presence.call(heard, this.#isWanted);
  }

  /** No more history will come. */
  settle(): void {
    const count = this.#cursor.settle();
    const position = this.#cursor.heard;
    if (count === undefined || position === undefined) return;
    this.#lists.recovered.call({ count, position }, this.#isWanted);
  }

  /** The connection is gone. */
  drop(): void {
    this.#cursor.leave();
  }

  /** The client has closed, for good where there is an error. Handlers stay, should it connect again. */
  close(error: SwitchboardError, failed: boolean): void {
    this.#settleReady?.reject(error);
    for (const iteration of this.#iterations)
      if (failed) iteration.fail(error);
      else iteration.end();
  }

  /** The server refuses the subscription: it is over. */
  refuse(error: SwitchboardError): void {
    this.#settleReady?.reject(error);
    if (this.#lists.refused.isEmpty) this.#ports.report(error);
    this.#lists.refused.call(error, this.#isWanted);
    this.#gone = true;
    this.#cursor.leave();
    for (const iteration of this.#iterations) iteration.fail(error);
  }

  /** Nothing is heard any more. */
  end(error: SwitchboardError): void {
    this.#gone = true;
    this.#cursor.leave();
    this.close(error, false);
  }

  #deliver(arrival: Arrival, event: Event): void {
    if (arrival.isRefused) return;
    const handled = arrival.wantsReceipt ? () => arrival.handled() : undefined;
    this.#lists.event.call(event, this.#isWanted, handled);
    for (const iteration of this.#iterations) iteration.push(arrival, event);
  }
}
