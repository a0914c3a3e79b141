import type { Database } from "bun:sqlite";
import { detailsOf, withDetails } from "../../core/event-details.ts";
import type { Event } from "../../core/event.ts";
import { openStore, readMeta, writeMeta } from "./schema.ts";
import { statementsOf, type EventRow, type KeyRow } from "./statements.ts";
import {
  trimEventsMax,
  type Batch,
  type Keep,
  type KeyRecord,
  type Store,
  type TopicRecord,
} from "./store.ts";

/** Offsets are reserved in blocks, so that none is given twice even where events without history were not written. */
const reservedBlock = 100_000;
/** How many topics' numbers are at hand. */
const topicIdsMax = 200_000;
/** How many topics are remembered after their last event was forgotten. */
const emptyTopicsMax = 1_000_000;
/** How much a check writes: on a disk that is full, what is left in the file would still hold a few bytes, but no publish. */
const checkBytes = 64 * 1024;
/** SQLite does not write pages that stay the same: so each check writes something else throughout. */
const checkText = () => crypto.randomUUID().repeat(checkBytes / 36);

/**
 * A store in a folder, on SQLite (WAL): what `append` wrote survives the end of the process, however it ends. After a loss of power the
 * newest writes may be gone, and the epoch is another.
 */
export function sqliteStore(folder: string): Store {
  return new SqliteStore(openStore(folder));
}

class SqliteStore implements Store {
  readonly epoch: string;
  readonly secret: string;
  readonly lastOffset: number;
  forgottenTo: number;
  readonly #db: Database;
  readonly #sql: ReturnType<typeof statementsOf>;
  readonly #write: (batch: Batch) => void;
  readonly #ids = new Map<string, number>();
  #given: number;
  #reserved: number;

  constructor({ db, epoch, secret, lastOffset }: ReturnType<typeof openStore>) {
    this.epoch = epoch;
    this.secret = secret;
    this.#db = db;
    this.#sql = statementsOf(db);
    this.#write = db.transaction((batch: Batch) => this.#insert(batch)).immediate;
    this.forgottenTo = Number(readMeta(db, "forgottenTo") ?? 0);
    this.lastOffset = lastOffset;
    this.#given = this.lastOffset;
    this.#reserved = this.lastOffset;
  }

  append(batch: Batch): void {
    this.#given = Math.max(this.#given, batch.lastOffset);
    if (
      batch.events.length + batch.keys.length + batch.retained.length === 0 &&
      batch.lastOffset <= this.#reserved
    )
      return;
    try {
      this.#write(batch);
      if (batch.lastOffset > this.#reserved) this.#reserved = batch.lastOffset + reservedBlock;
    } catch (error) {
      this.#ids.clear();
      throw error;
    }
  }

  topic(name: string): TopicRecord | undefined {
    const id = this.#idOf(name);
    return id === undefined ? undefined : this.#recordOf(id);
  }

  page(topic: string, after: number, eventsMax: number, bytesMax: number): readonly Event[] {
    const id = this.#idOf(topic);
    if (id === undefined) return [];
    const page: Event[] = [];
    let bytes = 0;
    for (const row of this.#sql.page.iterate(id, after, eventsMax)) {
      page.push(eventOf(topic, row));
      bytes += row.data.length;
      if (bytes >= bytesMax) break;
    }
    return page;
  }

  horizon(topic: string, keep: Keep): number {
    const id = this.#idOf(topic);
    return id === undefined ? this.forgottenTo : this.#horizonOf(id, keep);
  }

  retained(topic: string): Event | undefined {
    const row = this.#sql.retained.get(topic);
    return row === null ? undefined : eventOf(topic, row);
  }

  count(topic: string, after: number): number {
    const id = this.#idOf(topic);
    return id === undefined ? 0 : (this.#sql.count.get(id, after)?.count ?? 0);
  }

  trim(topic: string, keep: Keep): { readonly forgottenTo: number; readonly more: boolean } {
    const id = this.#idOf(topic);
    if (id === undefined) return { forgottenTo: this.forgottenTo, more: false };
    const horizon = this.#horizonOf(id, keep);
    const last = this.#sql.trimEnd.get(id, horizon, trimEventsMax)?.offset;
    if (last == null) return { forgottenTo: this.#recordOf(id).forgottenTo, more: false };
    this.#forget(id, last);
    return { forgottenTo: last, more: last < horizon };
  }

  topicsAfter(after: number) {
    const rows = this.#sql.topicsAfter.all(after);
    return { names: rows.map(({ name }) => name), next: rows.at(-1)?.id ?? 0 };
  }

  keys(since: number): readonly KeyRecord[] {
    return this.#sql.keys.all(since).map(keyOf);
  }

  tidy(before: number, retainedMax: number): void {
    this.#sql.forgetKeys.run(before);
    this.#sql.forgetRetained.run(retainedMax);
    if ((this.#sql.topicCount.get()?.count ?? 0) > emptyTopicsMax) this.#forgetEmptyTopics();
  }

  bytes(): number {
    return this.#sql.bytes.get()?.bytes ?? 0;
  }

  check(): void {
    writeMeta(this.#db, "checked", checkText());
  }

  [Symbol.dispose](): void {
    writeMeta(this.#db, "lastOffset", String(this.#given));
    writeMeta(this.#db, "closed", "1");
    this.#db.close();
  }

  #insert({ events, keys, retained, lastOffset }: Batch): void {
    for (const event of events) {
      const id = this.#idOf(event.topic) ?? this.#addTopic(event.topic);
      const { offset, time, publication, name, data } = event;
      this.#sql.insertEvent.run(id, offset, time, publication, name, data, detailsOf(event) ?? null);
    }
    for (const event of retained) {
      const { topic, offset, time, publication, name, data } = event;
      this.#sql.retain.run(topic, offset, time, publication, name, data, detailsOf(event) ?? null);
    }
    for (const { key, fingerprint, event } of keys) {
      const { topic, offset, time, publication, name } = event;
      this.#sql.insertKey.run(topic, key, fingerprint, offset, time, publication, name);
    }
    if (lastOffset > this.#reserved) writeMeta(this.#db, "reserved", String(lastOffset + reservedBlock));
  }

  /** The number is noted only once it is committed, or `append` forgets all of them. */
  #addTopic(name: string): number {
    const id = this.#sql.addTopic.get(name, this.forgottenTo)?.id as number;
    this.#ids.set(name, id);
    return id;
  }

  #idOf(name: string): number | undefined {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = this.#sql.topicId.get(name)?.id;
    if (id === undefined) return undefined;
    if (this.#ids.size >= topicIdsMax) this.#ids.clear();
    this.#ids.set(name, id);
    return id;
  }

  #recordOf(id: number): TopicRecord {
    const { top, forgotten_to: forgottenTo } = this.#sql.topic.get(id) ?? { top: 0, forgotten_to: 0 };
    return { top: this.#sql.top.get(id)?.offset ?? top, forgottenTo };
  }

  #horizonOf(id: number, keep: Keep): number {
    const forgottenTo = this.#sql.topic.get(id)?.forgotten_to ?? 0;
    const byNumber = this.#sql.offsetAt.get(id, keep.events)?.offset ?? forgottenTo;
    const oldest = this.#sql.oldest.get(id);
    if (oldest === null || oldest.time >= keep.before) return byNumber;
    const byAge = this.#sql.newestBefore.get(id, keep.before)?.offset ?? forgottenTo;
    return Math.max(byNumber, byAge);
  }

  #forget(id: number, upTo: number): void {
    this.#db.transaction(() => {
      const top = this.#sql.top.get(id)?.offset ?? upTo;
      this.#sql.forgotten.run(top, upTo, id);
      this.#sql.deleteEvents.run(id, upTo);
    })();
  }

  #forgetEmptyTopics(): void {
    this.#db.transaction(() => {
      const rows = this.#sql.deleteEmptyTopics.all();
      this.forgottenTo = Math.max(this.forgottenTo, ...rows.map(({ top }) => top));
      writeMeta(this.#db, "forgottenTo", String(this.forgottenTo));
    })();
    this.#ids.clear();
  }
}

function eventOf(topic: string, { details, ...row }: EventRow): Event {
  return withDetails({ topic, ...row }, details);
}

function keyOf({ key, fingerprint, topic, offset, time, publication, name }: KeyRow): KeyRecord {
  return { key, fingerprint, event: { topic, offset, time, publication, name, data: "null" } };
}
