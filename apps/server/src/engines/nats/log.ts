import { compilePattern, type Match, type Position } from "@switchboard/protocol";
import type {
  Accepted,
  EventListener,
  EventLog,
  History,
  HistoryQuery,
  TopicState,
} from "../../core/engine.ts";
import { Refusal } from "../../core/errors.ts";
import type { Draft, Event } from "../../core/event.ts";
import type { Retention, RetentionOf } from "../retention.ts";
import { Book, type BookParts } from "./book.ts";
import type { PatternListener } from "./ear.ts";
import { readHistory, retainedLength, type Subject } from "./history.ts";
import { beatToken, tokenOf } from "./layout.ts";
import { LastWords } from "./last-words.ts";
import { newestOf } from "./place.ts";
import { decodeRecord, encodeRecord, isSamePublish } from "./record.ts";
import type { Shard } from "./shard.ts";

/** How long a key is remembered, in ms. */
const keyMs = 120_000;
/** How long a publish that is stored waits for the listeners of this node to hear it, in ms. */
const hearMs = 1_000;

/** What the log is made of. */
export interface LogParts extends Omit<BookParts, "patterns"> {
  readonly retentionOf: RetentionOf;
  readonly retainedEventsMax: number;
}

/** Publishing and hearing over JetStream: stored by a majority, then heard by every node that has listeners. */
export class NatsLog implements EventLog {
  readonly #parts: LogParts;
  readonly #books = new Map<string, Book>();
  readonly #patterns = new Set<PatternListener>();
  readonly #lastWords: LastWords;

  constructor(parts: LogParts) {
    this.#parts = parts;
    this.#lastWords = new LastWords({ ...parts, max: parts.retainedEventsMax });
  }

  /** Looks at all streams, those for these retentions among them, and makes what is missing. @throws Refusal `unavailable` */
  async open(retentions: readonly (Retention | undefined)[]): Promise<void> {
    for (const retention of retentions) this.#bookOf(retention);
    const looks = this.#shards.map((shard) => {
      shard.open();
      return shard.epoch();
    });
    await Promise.all([...looks, this.#lastWords.open()]);
  }

  async publish(topic: string, draft: Draft): Promise<Accepted> {
    const book = this.#bookOf(this.#parts.retentionOf(topic));
    await this.#openEars(book);
    const id = draft.key && `${tokenOf(topic)}.${tokenOf(draft.key)}`;
    const accepted = await this.#publishIn(book.shardOf(topic), topic, draft, id);
    const { event, epoch } = accepted;
    if (draft.retain === true) await this.#lastWords.keep(event, epoch, encodeRecord(draft, event.time));
    return accepted;
  }

  async listen(topic: string, match: Match, listener: EventListener): Promise<() => void> {
    if (match === "exact")
      return this.#bookOf(this.#parts.retentionOf(topic)).shardOf(topic).follow(topic, listener);
    const pattern = { matches: compilePattern(topic, match), listener };
    this.#patterns.add(pattern);
    const stop = () => {
      if (this.#patterns.delete(pattern) && this.#patterns.size === 0) this.#closeEars();
    };
    try {
      await Promise.all([...this.#books.values()].map((book) => this.#openEars(book)));
    } catch (error) {
      stop();
      throw error;
    }
    return stop;
  }

  async position(topic: string): Promise<Position> {
    return (await this.#subject(topic)).position;
  }

  async describe(topic: string): Promise<TopicState> {
    const subject = await this.#subject(topic, Infinity);
    return { ...subject.position, length: await retainedLength(subject) };
  }

  async history(topic: string, query: HistoryQuery): Promise<History> {
    return readHistory(await this.#subject(topic, "since" in query ? query.since.offset : 0), query);
  }

  retained(topic: string): Promise<Event | undefined> {
    return this.#lastWords.get(topic);
  }

  /** A real write, through one of the streams at least. @throws Refusal `unavailable` */
  async ping(): Promise<void> {
    const writes = this.#shards.map((shard) => this.#store(shard, shard.stream.stored(beatToken), ""));
    await Promise.any(writes).catch((error: AggregateError) => {
      throw error.errors[0];
    });
  }

  end(): void {
    for (const shard of this.#shards) shard.end();
  }

  async #publishIn(shard: Shard, topic: string, draft: Draft, id: string | undefined): Promise<Accepted> {
    const { api, clock } = this.#parts;
    const { stream, subject } = shard.stream.place(topic);
    const time = clock.now();
    const { seq, duplicate, epoch } = await this.#store(shard, subject, encodeRecord(draft, time), id);
    const { publication, name, data, audience, publisher, ack, counted } = draft;
    const event = { topic, offset: seq, publication, name, data, time, audience, publisher, ack, counted };
    if (!duplicate) {
      const heard = shard.heard(topic, seq);
      if (heard !== undefined) await this.#atMost(hearMs, heard);
      return { event, epoch, duplicate, receivers: undefined };
    }
    const stored = await api.at(stream, seq);
    // Where it has been forgotten already, nothing is known of it but that it was there.
    if (stored === null) return { event, epoch, duplicate, receivers: undefined };
    const first = decodeRecord(topic, seq, stored.string());
    if (first.time < clock.now() - keyMs) return this.#publishIn(shard, topic, draft, `${id}.${seq}`);
    if (!isSamePublish(first, draft))
      throw new Refusal("invalid_argument", "key: was used for another publish in the last 2 minutes");
    return { event: first, epoch, duplicate, receivers: undefined };
  }

  /** Stores it in the shard's stream. Where that fails, the stream may be gone: then it is made again, for whoever tries again. */
  async #store(shard: Shard, subject: string, payload: string, id?: string) {
    if (!shard.isKnown) await shard.knownEpoch();
    try {
      const { seq, duplicate } = await this.#parts.api.publish(subject, payload, id);
      return { seq, duplicate, epoch: await shard.knownEpoch() };
    } catch (error) {
      shard.lookLater();
      throw error;
    }
  }

  get #shards(): readonly Shard[] {
    return [...this.#books.values()].flatMap(({ shards }) => shards);
  }

  #bookOf(retention: Retention | undefined): Book {
    const key = retention === undefined ? "" : `${retention.events}/${retention.ageMs}`;
    let book = this.#books.get(key);
    if (book === undefined) {
      book = new Book({ ...this.#parts, patterns: this.#patterns }, retention);
      this.#books.set(key, book);
    }
    return book;
  }

  /** Whoever listens to patterns hears what is published in the book from now on. */
  async #openEars({ shards }: Book): Promise<void> {
    if (this.#patterns.size > 0) await Promise.all(shards.map((shard) => shard.openEar()));
  }

  #closeEars(): void {
    for (const shard of this.#shards) shard.closeEar();
  }

  /** @param atLeast an offset that is known: where this node has not heard it yet, the leader is asked */
  async #subject(topic: string, atLeast = 0): Promise<Subject> {
    const { retentionOf, clock } = this.#parts;
    const book = this.#bookOf(retentionOf(topic));
    const shard = book.shardOf(topic);
    const epoch = await shard.epoch();
    const place = shard.stream.place(topic);
    const newest = async () => shard.lastOf(topic) ?? newestOf(place);
    const heard = shard.lastOf(topic);
    const offset = heard !== undefined && heard >= atLeast ? heard : await newestOf(place);
    return { place, retention: book.retention, position: { epoch, offset }, now: clock.now(), newest };
  }

  async #atMost(ms: number, promise: Promise<unknown>): Promise<void> {
    let stop = () => {};
    const late = new Promise<void>((resolve) => (stop = this.#parts.clock.after(ms, resolve)));
    await Promise.race([promise, late]);
    stop();
  }
}
