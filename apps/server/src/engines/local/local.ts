import { compilePattern, type Match, type Position } from "@switchboard/protocol";
import type { Clock } from "../../core/clock.ts";
import type {
  Accepted,
  Engine,
  EventListener,
  History,
  HistoryQuery,
  TopicState,
} from "../../core/engine.ts";
import { Refusal } from "../../core/errors.ts";
import type { Draft, Event } from "../../core/event.ts";
import type { Task, Turn } from "../../core/turn.ts";
import type { RetentionOf } from "../retention.ts";
import { LocalCalls } from "./calls.ts";
import { isEmpty, readHistory } from "./history.ts";
import { fingerprintOf, keyMs, Keys } from "./keys.ts";
import type { Batch, KeyRecord, Store } from "./store.ts";
import { Topics, type Topic } from "./topics.ts";

/** How often a slice of the topics is swept, in ms. */
const sweepMs = 1_000;
/** Publishes that one commit stores at most. */
const batchEventsMax = 1_000;

/** What a local engine is made of. */
export interface LocalOptions {
  readonly store: Store;
  readonly retentionOf: RetentionOf;
  readonly turn: Turn;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
  /** How far the next offset is from the last; tests skip numbers, so that nobody relies on +1. */
  readonly step?: () => number;
}

interface Publish {
  readonly topic: string;
  readonly draft: Draft;
  readonly resolve: (accepted: Accepted) => void;
  readonly reject: (error: unknown) => void;
}

interface PatternListener {
  readonly matches: (topic: string) => boolean;
  readonly listener: EventListener;
}

/** The engine of a single node: a turn's publishes are stored together, then heard, then acknowledged. */
export function localEngine(options: LocalOptions): Engine {
  return new LocalEngine(options);
}

class LocalEngine implements Engine, Task {
  readonly name = "local";
  readonly calls = new LocalCalls();
  readonly #store: Store;
  readonly #turn: Turn;
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  readonly #step: () => number;
  readonly #topics: Topics;
  readonly #keys: Keys;
  readonly #patterns = new Set<PatternListener>();
  #offset: number;
  #publishes: Publish[] = [];
  #sweptTo = 0;
  #stopSweeping: () => void;

  constructor({ store, retentionOf, turn, clock, report, step = () => 1 }: LocalOptions) {
    this.#store = store;
    this.#turn = turn;
    this.#clock = clock;
    this.#report = report;
    this.#step = step;
    this.#offset = store.lastOffset;
    this.#topics = new Topics(store, retentionOf, clock);
    this.#keys = new Keys(clock);
    for (const { key, fingerprint, event } of store.keys(clock.now() - keyMs)) {
      const accepted = { event, epoch: store.epoch, duplicate: false, receivers: undefined };
      this.#keys.remember(event.topic, key, fingerprint, accepted);
    }
    this.#stopSweeping = clock.after(sweepMs, this.#sweep);
  }

  publish(topic: string, draft: Draft): Promise<Accepted> {
    return new Promise((resolve, reject) => {
      if (this.#publishes.push({ topic, draft, resolve, reject }) === 1) this.#turn.atEnd(this);
    });
  }

  async listen(name: string, match: Match, listener: EventListener): Promise<() => void> {
    if (match !== "exact") {
      const pattern = { matches: compilePattern(name, match), listener };
      this.#patterns.add(pattern);
      return () => this.#patterns.delete(pattern);
    }
    const { listeners } = this.#topics.get(name);
    listeners.push(listener);
    return () => {
      const at = listeners.indexOf(listener);
      if (at !== -1) listeners.splice(at, 1);
    };
  }

  async position(name: string): Promise<Position> {
    return this.#positionOf(this.#topics.get(name));
  }

  async describe(name: string): Promise<TopicState> {
    const topic = this.#topics.get(name);
    const length = isEmpty(topic) ? 0 : this.#store.count(name, this.#topics.horizon(topic));
    return { ...this.#positionOf(topic), length };
  }

  async history(name: string, query: HistoryQuery): Promise<History> {
    const topic = this.#topics.get(name);
    return readHistory(this.#store, this.#topics, topic, this.#positionOf(topic), query);
  }

  async ping(): Promise<void> {
    try {
      this.#store.check();
    } catch (error) {
      throw unavailable(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopSweeping();
    this.run();
    this.#store[Symbol.dispose]();
  }

  /** Stores, delivers and acknowledges what was published in this turn. */
  run(): void {
    const publishes = this.#publishes;
    this.#publishes = [];
    let from = 0;
    while (from < publishes.length) {
      const to = endOfBatch(publishes, from);
      this.#commit(from === 0 && to === publishes.length ? publishes : publishes.slice(from, to));
      from = to;
    }
  }

  #commit(publishes: readonly Publish[]): void {
    const drafts: Prepared[] = [];
    const events: Event[] = [];
    const keys: KeyRecord[] = [];
    for (const publish of publishes) {
      const draft = this.#prepare(publish);
      if (draft === undefined) continue;
      drafts.push(draft);
      if (draft.topic.retention !== undefined) events.push(draft.event);
      if (draft.key !== undefined) keys.push({ ...draft, key: draft.key });
    }
    const failure = this.#failureOf({ events, keys, lastOffset: this.#offset });
    for (const draft of drafts) {
      if (failure !== undefined && isWritten(draft)) draft.publish.reject(failure);
      else this.#deliver(draft);
    }
  }

  /** Writes; why it could not, if so. */
  #failureOf(batch: Batch): Refusal | undefined {
    try {
      this.#store.append(batch);
      return undefined;
    } catch (error) {
      this.#report(error);
      return unavailable(error);
    }
  }

  /** The event that the draft becomes, unless its key settles the publish already. */
  #prepare(publish: Publish): Prepared | undefined {
    const { topic: name, draft } = publish;
    const { publication, data, audience, key, ack } = draft;
    try {
      const fingerprint = key === undefined ? "" : fingerprintOf(draft);
      const answered = key === undefined ? undefined : this.#keys.answered(name, key, fingerprint);
      if (answered !== undefined) return void publish.resolve(answered);
      const [offset, time] = [(this.#offset += this.#step()), this.#clock.now()];
      const event = { topic: name, offset, publication, name: draft.name, data, time, audience, ack };
      return { publish, topic: this.#topics.get(name), event, key, fingerprint };
    } catch (error) {
      return void publish.reject(error);
    }
  }

  #deliver({ publish, topic, event, key, fingerprint }: Prepared): void {
    this.#topics.grow(topic, event.offset);
    const accepted = {
      event,
      epoch: this.#store.epoch,
      duplicate: false,
      receivers: this.#hear(topic, event),
    };
    if (key !== undefined) this.#keys.remember(event.topic, key, fingerprint, accepted);
    publish.resolve(accepted);
  }

  #hear(topic: Topic, event: Event): number {
    let receivers = 0;
    for (const listener of topic.listeners) receivers += listener(event);
    for (const { matches, listener } of this.#patterns)
      if (matches(event.topic)) receivers += listener(event);
    return receivers;
  }

  /** Forgets what no longer counts, a slice of the topics at a time. */
  readonly #sweep = (): void => {
    this.#stopSweeping = this.#clock.after(sweepMs, this.#sweep);
    try {
      const { names, next } = this.#store.topicsAfter(this.#sweptTo);
      this.#sweptTo = next;
      for (const name of names) this.#topics.trim(name);
      this.#store.tidy(this.#clock.now() - keyMs);
    } catch (error) {
      this.#report(error);
    }
  };

  #positionOf({ top }: Topic): Position {
    return { epoch: this.#store.epoch, offset: top };
  }
}

interface Prepared {
  readonly publish: Publish;
  readonly topic: Topic;
  readonly event: Event;
  readonly key: string | undefined;
  readonly fingerprint: string;
}

/** Where a batch that begins at `from` ends: it is bounded, and no key stands in it twice (the second needs the first's answer). */
function endOfBatch(publishes: readonly Publish[], from: number): number {
  const end = Math.min(publishes.length, from + batchEventsMax);
  let keys: Set<string> | undefined;
  for (let i = from; i < end; i++) {
    const { topic, draft } = publishes[i] as Publish;
    if (draft.key === undefined) continue;
    const name = `${topic} ${draft.key}`;
    if (keys?.has(name)) return i;
    (keys ??= new Set()).add(name);
  }
  return end;
}

function isWritten({ topic, key }: Prepared): boolean {
  return topic.retention !== undefined || key !== undefined;
}

function unavailable(cause: unknown): Refusal {
  return new Refusal("unavailable", "the store cannot be written; nothing was stored", { cause });
}
