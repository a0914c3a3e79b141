import type { Clock } from "../../core/clock.ts";
import type { EventListener } from "../../core/engine.ts";
import { withListener, withoutListener } from "../listeners.ts";
import type { Retention, RetentionOf } from "../retention.ts";
import type { Keep, Store } from "./store.ts";

/** What the engine has at hand of a topic. */
export interface Topic {
  readonly name: string;
  readonly retention: Retention | undefined;
  /** Whoever listens; several are one that tells all of them. */
  listener: EventListener | undefined;
  top: number;
  forgottenTo: number;
  /** Events added since the store last trimmed it. */
  untrimmed: number;
}

/** Topics at hand that nobody listens to; beyond it the oldest are let go, and read from the store when they are needed again. */
const idleMax = 100_000;
/** A topic is trimmed after this many new events at the least, or a tenth of what it keeps. */
const slackEvents = 100;

/** The topics that are listened to or published in, with what the hot path needs of each. */
export class Topics {
  readonly #store: Store;
  readonly #retentionOf: RetentionOf;
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  readonly #listened = new Map<string, Topic>();
  /** Those that nobody listens to, in the order in which they became so. */
  readonly #idle = new Map<string, Topic>();
  /** The newest offset of any topic that was let go and of which the store knows nothing. */
  #unknownTo = 0;

  constructor(store: Store, retentionOf: RetentionOf, clock: Clock, report: (error: unknown) => void) {
    this.#store = store;
    this.#retentionOf = retentionOf;
    this.#clock = clock;
    this.#report = report;
  }

  get(name: string): Topic {
    return this.#atHand(name) ?? this.#load(name);
  }

  /** From now on the listener hears the topic, until the result is called. */
  listen(name: string, listener: EventListener): () => void {
    const topic = this.get(name);
    topic.listener = withListener(topic.listener, listener);
    this.#idle.delete(name);
    this.#listened.set(name, topic);
    return () => {
      topic.listener = withoutListener(topic.listener, listener);
      if (topic.listener !== undefined || this.#listened.get(name) !== topic) return;
      this.#listened.delete(name);
      this.#idle.set(name, topic);
    };
  }

  /** The offset after which the topic has everything that counts, or the newest `eventsMax` of it. */
  horizon(topic: Topic, eventsMax = Infinity): number {
    if (topic.top <= topic.forgottenTo) return topic.forgottenTo;
    const { events, before } = this.#keep(topic.retention);
    return this.#store.horizon(topic.name, { events: Math.min(events, eventsMax), before });
  }

  /** Notes a new event. That the store cannot forget old ones for it is reported, and tried again later. */
  grow(topic: Topic, offset: number): void {
    topic.top = offset;
    if (topic.retention === undefined) topic.forgottenTo = offset;
    else if ((topic.untrimmed += 1) >= Math.max(slackEvents, topic.retention.events / 10)) {
      try {
        this.trim(topic.name);
      } catch (error) {
        topic.untrimmed = 0;
        this.#report(error);
      }
    }
  }

  /** Forgets some of what no longer counts. */
  trim(name: string): void {
    const topic = this.#atHand(name);
    const retention = topic === undefined ? this.#retentionOf(name) : topic.retention;
    const { forgottenTo, more } = this.#store.trim(name, this.#keep(retention));
    if (topic === undefined) return;
    topic.forgottenTo = Math.max(topic.forgottenTo, forgottenTo);
    if (!more) topic.untrimmed = 0;
  }

  /** Lets go of the oldest of too many. To be called between publishes: a topic must not be let go before it has grown. */
  letGo(): void {
    for (const [name, { retention, top }] of this.#idle) {
      if (this.#idle.size <= idleMax) return;
      this.#idle.delete(name);
      if (retention === undefined) this.#unknownTo = Math.max(this.#unknownTo, top);
    }
  }

  #atHand(name: string): Topic | undefined {
    return this.#listened.get(name) ?? this.#idle.get(name);
  }

  #keep(retention: Retention | undefined): Keep {
    if (retention === undefined) return { events: 0, before: Infinity };
    return { events: retention.events, before: this.#clock.now() - retention.ageMs };
  }

  #load(name: string): Topic {
    const unknownTo = Math.max(this.#unknownTo, this.#store.forgottenTo);
    const known = this.#store.topic(name) ?? { top: unknownTo, forgottenTo: unknownTo };
    const topic: Topic = {
      name,
      retention: this.#retentionOf(name),
      listener: undefined,
      top: known.top,
      forgottenTo: known.forgottenTo,
      untrimmed: 0,
    };
    this.#idle.set(name, topic);
    return topic;
  }
}
