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
import { alone } from "../../core/peers.ts";
import type { Task, Turn } from "../../core/turn.ts";
import type { RetentionOf } from "../retention.ts";
import { endOfBatch, isWritten, type Prepared, type Publish } from "./batch.ts";
import { LocalCalls } from "./calls.ts";
import { isEmpty, readHistory } from "./history.ts";
import { fingerprintOf, keyMs, Keys } from "./keys.ts";
import type { Batch, KeyRecord, Store } from "./store.ts";
import { Topics, type Topic } from "./topics.ts";

/** How often a slice of the topics is swept, in ms. */
const sweepMs = 1_000;

/** What a local engine is made of. */
export interface LocalOptions {
  readonly store: Store;
  readonly retentionOf: RetentionOf;
  readonly turn: Turn;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
  /** Topics with a retained event: see the limit of this name. */
  readonly retainedEventsMax: number;
  /** How far the next offset is from the last; tests skip numbers, so that nobody relies on +1. */
  readonly step?: () => number;
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
  readonly peers = alone;
  readonly #store: Store;
  readonly #turn: Turn;
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  readonly #retainedEventsMax: number;
  readonly #step: () => number;
  readonly #topics: Topics;
  readonly #keys: Keys;
  readonly #patterns = new Set<PatternListener>();
  #offset: number;
  #publishes: Publish[] = [];
  #sweptTo = 0;
  #stopSweeping: () => void;

  constructor({ store, retentionOf, turn, clock, report, step = () => 1, ...limits }: LocalOptions) {
    this.#store = store;
    this.#turn = turn;
    this.#clock = clock;
    this.#report = report;
    this.#retainedEventsMax = limits.retainedEventsMax;
    this.#step = step;
    this.#offset = store.lastOffset;
    this.#topics = new Topics(store, retentionOf, clock, report);
    this.#keys = new Keys(clock);
    for (const { key, fingerprint, event } of store.keys(clock.now() - keyMs)) {
      const accepted = { event, epoch: store.epoch, duplicate: false, receivers: undefined };
      this.#keys.remember(event.topic, key, fingerprint, accepted);
    }
    this.#stopSweeping = clock.after(sweepMs, this.#sweep);
  }

  publish(topic: string, draft: Draft): Promise<Accepted> {
    return new Promise((resolve, reject) => {
      const publish = { topic, draft, resolve, reject, event: undefined, record: undefined, fingerprint: "" };
      if (this.#publishes.push(publish) === 1) this.#turn.atEnd(this);
    });
  }

  async listen(name: string, match: Match, listener: EventListener): Promise<() => void> {
    if (match !== "exact") {
      const pattern = { matches: compilePattern(name, match), listener };
      this.#patterns.add(pattern);
      return () => this.#patterns.delete(pattern);
    }
    return this.#topics.listen(name, listener);
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

  async retained(name: string): Promise<Event | undefined> {
    return this.#store.retained(name);
  }

  async storedBytes(): Promise<number> {
    return this.#store.bytes();
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
    this.#topics.letGo();
  }

  #commit(publishes: readonly Publish[]): void {
    const prepared = publishes.filter((publish): publish is Prepared => this.#prepare(publish));
    const events: Event[] = [];
    const keys: KeyRecord[] = [];
    const retained: Event[] = [];
    for (const { event, record, draft, fingerprint } of prepared) {
      if (record.retention !== undefined) events.push(event);
      if (draft.retain === true) retained.push(event);
      if (draft.key !== undefined) keys.push({ key: draft.key, fingerprint, event });
    }
    const failure = this.#failureOf({ events, keys, retained, lastOffset: this.#offset });
    for (const publish of prepared) {
      if (failure !== undefined && isWritten(publish)) publish.reject(failure);
      else this.#deliver(publish);
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

  /** Makes the event that the draft becomes, unless its key settles the publish already. */
  #prepare(publish: Publish): boolean {
    const { topic, draft } = publish;
    const { publication, name, data, audience, publisher, key, ack } = draft;
    try {
      if (key !== undefined && this.#isSettled(publish, key)) return false;
      const time = this.#clock.now();
      const offset = (this.#offset += this.#step());
      const record = (publish.record = this.#topics.get(topic));
      // The topic's own name, not that of the frame: what is kept shares one text, which is found by faster than an equal one.
      publish.event = { topic: record.name, offset, publication, name, data, time, audience, publisher, ack };
      return true;
    } catch (error) {
      publish.reject(error);
      return false;
    }
  }

  #isSettled(publish: Publish, key: string): boolean {
    publish.fingerprint = fingerprintOf(publish.draft);
    const answered = this.#keys.answered(publish.topic, key, publish.fingerprint);
    if (answered !== undefined) publish.resolve(answered);
    return answered !== undefined;
  }

  #deliver(publish: Prepared): void {
    const { event, record } = publish;
    this.#topics.grow(record, event.offset);
    const accepted = {
      event,
      epoch: this.#store.epoch,
      duplicate: false,
      receivers: this.#hear(record, event),
    };
    const { key } = publish.draft;
    if (key !== undefined) this.#keys.remember(event.topic, key, publish.fingerprint, accepted);
    publish.resolve(accepted);
  }

  #hear({ listener }: Topic, event: Event): number {
    let receivers = listener === undefined ? 0 : listener.hear(event);
    if (this.#patterns.size === 0) return receivers;
    for (const pattern of this.#patterns)
      if (pattern.matches(event.topic)) receivers += pattern.listener.hear(event);
    return receivers;
  }

  /** Forgets what no longer counts, a slice of the topics at a time. */
  readonly #sweep = (): void => {
    this.#stopSweeping = this.#clock.after(sweepMs, this.#sweep);
    try {
      const { names, next } = this.#store.topicsAfter(this.#sweptTo);
      this.#sweptTo = next;
      for (const name of names) this.#topics.trim(name);
      this.#topics.letGo();
      this.#store.tidy(this.#clock.now() - keyMs, this.#retainedEventsMax);
    } catch (error) {
      this.#report(error);
    }
  };

  #positionOf({ top }: Topic): Position {
    return { epoch: this.#store.epoch, offset: top };
  }
}

function unavailable(cause: unknown): Refusal {
  return new Refusal("unavailable", "the store cannot be written; nothing was stored", { cause });
}
