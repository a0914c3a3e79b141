import type { Database } from "bun:sqlite";
import { trimEventsMax } from "./store.ts";

/** How many keys, or retained events, one statement forgets at most. */
const forgottenMax = 20_000;

/** An event as its row holds it. */
export interface EventRow {
  readonly offset: number;
  readonly time: number;
  readonly publication: string;
  readonly name: string;
  readonly data: string;
  readonly details: string | null;
}

/** An idempotency key as its row holds it. */
export interface KeyRow {
  readonly topic: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly offset: number;
  readonly time: number;
  readonly publication: string;
  readonly name: string;
}

type Offset = { readonly offset: number };

/** Every statement of the store, prepared. */
export function statementsOf(db: Database) {
  return {
    insertEvent: db.query<null, [number, number, number, string, string, string, string | null]>(
      "INSERT INTO events (topic, offset, time, publication, name, data, details) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    retain: db.query<null, [string, number, number, string, string, string, string | null]>(
      "INSERT OR REPLACE INTO retained (topic, offset, time, publication, name, data, details) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    retained: db.query<EventRow, [string]>(
      "SELECT offset, time, publication, name, data, details FROM retained WHERE topic = ?",
    ),
    /** Keeps the newest so many. */
    forgetRetained: db.query<null, [number]>(
      `DELETE FROM retained WHERE offset IN (SELECT offset FROM retained ORDER BY offset DESC LIMIT ${forgottenMax} OFFSET ?)`,
    ),
    insertKey: db.query<null, [string, string, string, number, number, string, string]>(
      "INSERT OR REPLACE INTO keys (topic, key, fingerprint, offset, time, publication, name) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    addTopic: db.query<{ id: number }, [string, number]>(
      "INSERT INTO topics (name, forgotten_to) VALUES (?, ?) RETURNING id",
    ),
    topicId: db.query<{ id: number }, [string]>("SELECT id FROM topics WHERE name = ?"),
    topic: db.query<{ top: number; forgotten_to: number }, [number]>(
      "SELECT top, forgotten_to FROM topics WHERE id = ?",
    ),
    topicsAfter: db.query<{ id: number; name: string }, [number]>(
      "SELECT id, name FROM topics WHERE id > ? ORDER BY id LIMIT 100",
    ),
    topicCount: db.query<{ count: number }, []>("SELECT count(*) AS count FROM topics"),
    deleteEmptyTopics: db.query<{ top: number }, []>(
      `DELETE FROM topics WHERE id IN (SELECT id FROM topics AS one WHERE NOT EXISTS
         (SELECT 1 FROM events WHERE topic = one.id) ORDER BY id LIMIT ${trimEventsMax}) RETURNING top`,
    ),
    page: db.query<EventRow, [number, number, number]>(
      `SELECT offset, time, publication, name, data, details FROM events
       WHERE topic = ? AND offset > ? ORDER BY offset LIMIT ?`,
    ),
    count: db.query<{ count: number }, [number, number]>(
      "SELECT count(*) AS count FROM events WHERE topic = ? AND offset > ?",
    ),
    top: db.query<Offset, [number]>("SELECT offset FROM events WHERE topic = ? ORDER BY offset DESC LIMIT 1"),
    /** The offset of the event that has so many newer ones. */
    offsetAt: db.query<Offset, [number, number]>(
      "SELECT offset FROM events WHERE topic = ? ORDER BY offset DESC LIMIT 1 OFFSET ?",
    ),
    oldest: db.query<{ time: number }, [number]>(
      "SELECT time FROM events WHERE topic = ? ORDER BY offset LIMIT 1",
    ),
    newestBefore: db.query<Offset, [number, number]>(
      "SELECT offset FROM events WHERE topic = ? AND time < ? ORDER BY offset DESC LIMIT 1",
    ),
    /** The last of at most so many events up to a horizon, oldest first. */
    trimEnd: db.query<{ offset: number | null }, [number, number, number]>(
      "SELECT max(offset) AS offset FROM (SELECT offset FROM events WHERE topic = ? AND offset <= ? ORDER BY offset LIMIT ?)",
    ),
    forgotten: db.query<null, [number, number, number]>(
      "UPDATE topics SET top = ?, forgotten_to = ? WHERE id = ?",
    ),
    deleteEvents: db.query<null, [number, number]>("DELETE FROM events WHERE topic = ? AND offset <= ?"),
    bytes: db.query<{ bytes: number }, []>(
      "SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count, pragma_page_size, pragma_freelist_count",
    ),
    keys: db.query<KeyRow, [number]>("SELECT * FROM keys WHERE time >= ? ORDER BY time"),
    forgetKeys: db.query<null, [number]>(
      `DELETE FROM keys WHERE (topic, key) IN (SELECT topic, key FROM keys WHERE time < ? LIMIT ${forgottenMax})`,
    ),
  };
}
