import { Database, SQLiteError } from "bun:sqlite";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The store's file, opened and brought to its schema. */
export interface OpenStore {
  readonly db: Database;
  readonly epoch: string;
  readonly secret: string;
  /** The highest offset that may have been given away. */
  readonly lastOffset: number;
}

const databaseName = "switchboard.db";
/** Beside the database: tells a restored copy from the original. */
const openingsName = "openings";

/** Rows in the order of offsets, a larger cache and rarer checkpoints: 12 µs of CPU per event over 10,000 topics, 31 µs without. */
const pragmas = [
  "locking_mode = EXCLUSIVE",
  "journal_mode = WAL",
  "synchronous = NORMAL",
  "cache_size = -65536",
  "wal_autocheckpoint = 4000",
];

/** What each version of the schema makes of the one before; the first may find its tables there, of stores that were not numbered yet. */
const versions = [
  `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS topics (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    top INTEGER NOT NULL DEFAULT 0, forgotten_to INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS events (
    offset INTEGER PRIMARY KEY, topic INTEGER NOT NULL, time INTEGER NOT NULL, publication TEXT NOT NULL,
    name TEXT NOT NULL, data TEXT NOT NULL, audience TEXT);
  CREATE INDEX IF NOT EXISTS events_by_topic ON events (topic, offset);
  CREATE TABLE IF NOT EXISTS keys (
    topic TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, offset INTEGER NOT NULL, time INTEGER NOT NULL,
    publication TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (topic, key)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS keys_by_time ON keys (time);
`,
  `
  ALTER TABLE events RENAME COLUMN audience TO details;
  CREATE TABLE retained (
    topic TEXT PRIMARY KEY, offset INTEGER NOT NULL UNIQUE, time INTEGER NOT NULL, publication TEXT NOT NULL,
    name TEXT NOT NULL, data TEXT NOT NULL, details TEXT);
`,
];

/**
 * Opens the store in this folder, and makes it where there is none. Its epoch is new where history may have been lost behind what was
 * acknowledged: another file than last time, one that was restored, or one whose machine went down before it was closed.
 * @param boot another after each start of the machine; empty where that is not known: then it may have gone down
 * @throws Error where the folder cannot be written, or another process holds it
 */
export function openStore(folder: string, boot = bootId()): OpenStore {
  const path = join(folder, databaseName);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const db = new Database(path, { create: true, strict: true });
    for (const pragma of pragmas) db.run(`PRAGMA ${pragma}`);
    migrate(db);
    return begin(db, folder, boot);
  } catch (error) {
    if (error instanceof SQLiteError && error.code === "SQLITE_BUSY")
      throw new Error(
        `SWITCHBOARD_DATA_DIR: ${folder} is in use by another process; a second server needs a --data-dir of its own`,
        { cause: error },
      );
    throw new Error(`SWITCHBOARD_DATA_DIR: ${folder} cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Reads one of the store's own facts. */
export function readMeta(db: Database, name: string): string | undefined {
  return db.query<{ value: string }, [string]>("SELECT value FROM meta WHERE name = ?").get(name)?.value;
}

/** Writes one of the store's own facts. */
export function writeMeta(db: Database, name: string, value: string): void {
  db.query(
    "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  ).run(name, value);
}

function migrate(db: Database): void {
  const version = db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
  if (version > versions.length)
    throw new Error(`it is of version ${version}, and this server knows ${versions.length}`);
  db.transaction(() => {
    for (const change of versions.slice(version)) db.run(change);
    db.run(`PRAGMA user_version = ${versions.length}`);
  })();
}

function begin(db: Database, folder: string, boot: string): OpenStore {
  const meta = (name: string) => readMeta(db, name);
  const openings = meta("openings") ?? "0";
  const { ino, dev, birthtimeMs } = statSync(join(folder, databaseName));
  // A file that is put in the place of one that was removed often gets its number, too.
  const file = `${dev}:${ino}:${birthtimeMs}`;
  const isSame = meta("file") === file && openings === readOpenings(folder);
  const isWhole = meta("closed") === "1" || (boot !== "" && meta("boot") === boot);
  const epoch = isSame && isWhole ? meta("epoch") : undefined;
  const facts = {
    epoch: epoch ?? crypto.randomUUID().slice(0, 8),
    secret: meta("secret") ?? crypto.randomUUID(),
    openings: String(Number(openings) + 1),
    lastOffset: (meta("closed") === "1" ? meta("lastOffset") : meta("reserved")) ?? "0",
    closed: "0",
    boot,
    file,
  };
  db.transaction(() => Object.entries(facts).forEach(([name, value]) => writeMeta(db, name, value)))();
  writeFileSync(join(folder, openingsName), facts.openings);
  return { db, epoch: facts.epoch, secret: facts.secret, lastOffset: Number(facts.lastOffset) };
}

function readOpenings(folder: string): string {
  try {
    return readFileSync(join(folder, openingsName), "utf8").trim();
  } catch {
    return "";
  }
}

/** Another after each start of the machine; empty where the system does not tell. */
function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
