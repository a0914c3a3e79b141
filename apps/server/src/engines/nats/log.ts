import { compilePattern, type Match, type Position } from "@switchboard/protocol";
import type { Clock } from "../../core/clock.ts";
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
import type { Api } from "./api.ts";
import { Book, type BookParts } from "./book.ts";
import type { Connection } from "./connection.ts";
import type { PatternListener } from "./ear.ts";
import { readHistory, retainedLength, type Subject } from "./history.ts";
import { beatToken, tokenOf } from "./layout.ts";
import { LastWords } from "./last-words.ts";
import { newestOf } from "./place.ts";
import { decodeRecord, encodeRecord, isSamePublish } from "./record.ts";
import { Shard } from "./shard.ts";

/** How long a key is remembered, in ms. */
const keyMs = 120_000;
/** How long a publish that is stored waits for the listeners of this node to hear it, in ms. */
const hearMs = 1_000;

/** What the log is made of. */
export interface LogParts extends Omit<BookParts, "api"> {
  readonly api: Api;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly retentionOf: RetentionOf;
  readonly retainedEventsMax: number;
}

interface OpenBook {
  readonly book: Book;
  readonly shards: readonly Shard[];
}

/** Publishing and hearing over JetStream: stored by a majority, then heard by every node that has listeners. */
export class NatsLog implements EventLog {
  readonly #parts: LogParts;
  readonly #books = new Map<string, OpenBook>();
  readonly #patterns = new Set<PatternListener>();
  readonly #lastWords: LastWords;

  constructor(parts: LogParts) {
    this.#parts = parts;
    this.#lastWords = new LastWords({ ...parts, max: parts.retainedEventsMax });
    parts.connection.watch((isUp) => {
      if (isUp) for (const { shards } of this.#books.values()) for (const shard of shards) shard.look();
    });
  }

  /** Makes the streams for these retentions, if they are not there yet. */
  async open(retentions: readonly (Retention | undefined)[]): Promise<void> {
    const books = retentions.map((retention) => this.#bookOf(retention).book.epoch());
    await Promise.all([...books, this.#lastWords.open()]);
  }

  async publish(topic: string, draft: Draft): Promise<Accepted> {
    const { book, shards } = this.#bookOf(this.#parts.retentionOf(topic));
    const epoch = await this.#readyIn(book, shards);
    const id = draft.key && `${tokenOf(topic)}.${tokenOf(draft.key)}`;
    const accepted = await this.#publishIn(book, shards, epoch, topic, draft, id);
    const { event } = accepted;
    if (draft.retain === true) await this.#lastWords.keep(event, epoch, encodeRecord(draft, event.time));
    return accepted;
  }

  async listen(topic: string, match: Match, listener: EventListener): Promise<() => void> {
    if (match === "exact") {
      const { book, shards } = this.#bookOf(this.#parts.retentionOf(topic));
      await book.epoch();
      return (shards[book.place(topic).shard] as Shard).follow(topic, listener);
    }
    const pattern = { matches: compilePattern(topic, match), listener };
    this.#patterns.add(pattern);
    const stop = () => {
      if (this.#patterns.delete(pattern) && this.#patterns.size === 0) this.#closeEars();
    };
    try {
      await Promise.all([...this.#books.values()].map(({ book, shards }) => this.#readyIn(book, shards)));
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
    const { api } = this.#parts;
    const writes = [...this.#books.values()].flatMap(({ book, shards }) =>
      shards.map(async (_, index) => {
        await book.epoch();
        await api.publish(book.layout.stored(index, beatToken), "");
      }),
    );
    await Promise.any(writes).catch((error: AggregateError) => {
      throw error.errors[0];
    });
  }

  end(): void {
    for (const { shards } of this.#books.values()) for (const shard of shards) shard.end();
  }

  async #publishIn(
    book: Book,
    shards: readonly Shard[],
    epoch: string,
    topic: string,
    draft: Draft,
    id: string | undefined,
  ): Promise<Accepted> {
    const { api, clock } = this.#parts;
    const { stream, subject, shard } = book.place(topic);
    const time = clock.now();
    const { seq, duplicate } = await api.publish(subject, encodeRecord(draft, time), id);
    const { publication, name, data, audience, publisher, ack, counted } = draft;
    const event = { topic, offset: seq, publication, name, data, time, audience, publisher, ack, counted };
    if (!duplicate) {
      const heard = shards[shard]?.heard(topic, seq);
      if (heard !== undefined) await this.#atMost(hearMs, heard);
      return { event, epoch, duplicate, receivers: undefined };
    }
    const stored = await api.at(stream, seq);
    // Where it has been forgotten already, nothing is known of it but that it was there.
    if (stored === null) return { event, epoch, duplicate, receivers: undefined };
    const first = decodeRecord(topic, seq, stored.string());
    if (first.time < clock.now() - keyMs)
      return this.#publishIn(book, shards, epoch, topic, draft, `${id}.${seq}`);
    if (!isSamePublish(first, draft))
      throw new Refusal("invalid_argument", "key: was used for another publish in the last 2 minutes");
    return { event: first, epoch, duplicate, receivers: undefined };
  }

  #bookOf(retention: Retention | undefined): OpenBook {
    const key = retention === undefined ? "" : `${retention.events}/${retention.ageMs}`;
    const known = this.#books.get(key);
    if (known !== undefined) return known;
    const book = new Book(this.#parts, retention);
    const { api, connection, clock } = this.#parts;
    const shards = Array.from(
      { length: book.shards },
      (_, index) => new Shard({ api, connection, clock, book, index, patterns: this.#patterns }),
    );
    const open = { book, shards };
    this.#books.set(key, open);
    return open;
  }

  /** The book's epoch, once its streams are there and whoever listens to patterns hears them. */
  async #readyIn(book: Book, shards: readonly Shard[]): Promise<string> {
    const epoch = await book.epoch();
    if (this.#patterns.size > 0) await Promise.all(shards.map((shard) => shard.openEar()));
    return epoch;
  }

  #closeEars(): void {
    for (const { shards } of this.#books.values()) for (const shard of shards) shard.closeEar();
  }

  /** @param atLeast an offset that is known: where this node has not heard it yet, the leader is asked */
  async #subject(topic: string, atLeast = 0): Promise<Subject> {
    const { retentionOf, clock } = this.#parts;
    const { book, shards } = this.#bookOf(retentionOf(topic));
    const epoch = await book.epoch();
    const { shard, ...place } = book.place(topic);
    const heardTo = () => shards[shard]?.lastOf(topic);
    const newest = async () => heardTo() ?? newestOf(place);
    const heard = heardTo();
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
