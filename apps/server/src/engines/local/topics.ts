import type { Clock } from "../../core/clock.ts";
import type { EventListener } from "../../core/engine.ts";
import type { Retention, RetentionOf } from "../retention.ts";
import type { Keep, Store } from "./store.ts";

/** What the engine has at hand of a topic. */
export interface Topic {
  readonly name: string;
  readonly retention: Retention | undefined;
  readonly listeners: EventListener[];
  top: number;
  forgottenTo: number;
  length: number;
}

/** Idle topics at hand; beyond it the oldest are let go, and read from the store when they are needed again. */
const topicsMax = 100_000;
/** How many events more than it keeps a topic may hold until it is trimmed. */
const slackEvents = 100;

/** The topics that are listened to or published in, with what the hot path needs of each. */
export class Topics {
  readonly #store: Store;
  readonly #retentionOf: RetentionOf;
  readonly #clock: Clock;
  readonly #topics = new Map<string, Topic>();
  /** The newest offset of any topic that was let go and of which the store knows nothing. */
  #forgottenTo = 0;

  constructor(store: Store, retentionOf: RetentionOf, clock: Clock) {
    this.#store = store;
    this.#retentionOf = retentionOf;
    this.#clock = clock;
  }

  get(name: string): Topic {
    return this.#topics.get(name) ?? this.#load(name);
  }

  /** What of the topic counts now. */
  keep({ retention }: Topic): Keep {
    if (retention === undefined) return { events: 0, before: Infinity };
    return { events: retention.events, before: this.#clock.now() - retention.ageMs };
  }

  /** The offset after which the topic has everything. */
  horizon(topic: Topic, eventsMax = Infinity): number {
    if (topic.length === 0) return topic.forgottenTo;
    const { events, before } = this.keep(topic);
    return this.#store.horizon(topic.name, { events: Math.min(events, eventsMax), before });
  }

  /** Notes a new event. */
  grow(topic: Topic, offset: number): void {
    topic.top = offset;
    if (topic.retention === undefined) topic.forgottenTo = offset;
    else if ((topic.length += 1) > topic.retention.events + slackEvents) this.trim(topic);
  }

  /** Forgets some of what no longer counts. */
  trim(topic: Topic): void {
    const { length, forgottenTo } = this.#store.trim(topic.name, this.keep(topic));
    topic.length = length;
    topic.forgottenTo = Math.max(topic.forgottenTo, forgottenTo);
  }

  [Symbol.iterator](): Iterator<Topic> {
    return this.#topics.values();
  }

  #load(name: string): Topic {
    const known = this.#store.topic(name);
    const topic: Topic = {
      name,
      retention: this.#retentionOf(name),
      listeners: [],
      top: known?.top ?? this.#forgottenTo,
      forgottenTo: known?.forgottenTo ?? this.#forgottenTo,
      length: known?.length ?? 0,
    };
    this.#topics.set(name, topic);
    if (this.#topics.size > topicsMax) this.#letGo();
    return topic;
  }

  #letGo(): void {
    for (const [name, { listeners, length, top }] of this.#topics) {
      if (this.#topics.size <= topicsMax) return;
      if (listeners.length > 0) continue;
      this.#topics.delete(name);
      if (length === 0) this.#forgottenTo = Math.max(this.#forgottenTo, top);
    }
  }
}
