import { Database } from "bun:sqlite";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { ManualClock } from "../../../test/manual-clock.ts";
import type { Draft, Event } from "../../core/event.ts";
import type { Engine } from "../../core/engine.ts";
import { Turn } from "../../core/turn.ts";
import { localEngine } from "./local.ts";
import { openStore } from "./schema.ts";
import { sqliteStore } from "./sqlite-store.ts";

const root = mkdtempSync(join(tmpdir(), "switchboard-store-"));
afterAll(() => rmSync(root, { recursive: true }));
const newFolder = () => mkdtempSync(join(root, "s"));

const clock = new ManualClock();

function open(folder: string): Engine {
  const report = (error: unknown) => expect.fail(String(error));
  const turn = new Turn((end) => void setImmediate(end), report);
  const retentionOf = (topic: string) =>
    topic.startsWith("kept") ? { events: 50, ageMs: 3_600_000 } : undefined;
  return localEngine({ store: sqliteStore(folder), retentionOf, turn, clock, report, retainedEventsMax: 5 });
}

function publish(engine: Engine, topic: string, data: unknown, more: Partial<Draft> = {}) {
  return engine.publish(topic, { publication: "p", name: "n", data: JSON.stringify(data), ...more });
}

async function historyOf(engine: Engine, topic: string): Promise<Event[]> {
  const history = await engine.history(topic, { last: 1_000 });
  const events: Event[] = [];
  for (let page = await history.next(); page.length > 0; page = await history.next()) events.push(...page);
  return events;
}

const isComplete = async (engine: Engine, topic: string, position: { epoch: string; offset: number }) =>
  (await engine.history(topic, { since: position })).complete;

/** Publishes in a process of its own, which is then killed without a word; what it had acknowledged. */
async function publishAndDie(folder: string, count: number): Promise<{ epoch: string; offsets: number[] }> {
  const at = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));
  const code = `
    import { localEngine } from ${at("local.ts")};
    import { sqliteStore } from ${at("sqlite-store.ts")};
    import { Turn } from ${at("../../core/turn.ts")};
    const report = (error) => { throw error; };
    const clock = { now: () => ${clock.now()}, after: () => () => {} };
    const retentionOf = (topic) => (topic === "kept" ? { events: 50, ageMs: 3_600_000 } : undefined);
    const engine = localEngine({ store: sqliteStore(${JSON.stringify(folder)}), retentionOf, turn: new Turn(setImmediate, report), clock, report, retainedEventsMax: 5 });
    const drafts = Array.from({ length: ${count} }, (_, i) => ({ publication: "p", name: "n", data: String(i), key: "k" + i }));
    const kept = await Promise.all(drafts.map((draft) => engine.publish("kept", draft)));
    const passing = await engine.publish("passing", { publication: "p", name: "n", data: "1" });
    const offsets = [...kept, passing].map(({ event }) => event.offset);
    require("node:fs").writeSync(1, JSON.stringify({ epoch: passing.epoch, offsets }));
    process.kill(process.pid, "SIGKILL");
  `;
  const child = Bun.spawn([process.execPath, "--eval", code], {
    stdout: "pipe",
    stderr: "inherit",
    timeout: 50_000,
  });
  const out = await new Response(child.stdout).text();
  expect(await child.exited).not.toBe(0);
  return JSON.parse(out) as { epoch: string; offsets: number[] };
}

describe("a store in a folder", () => {
  it.each([
    ["the machine has not gone down since: the same epoch", "b", true],
    ["the machine does not tell whether it has gone down: another epoch", "", false],
  ])("[R10] that was not closed, and %s", (_, boot, isSame) => {
    const folder = newFolder();
    const epochs = [1, 2].map(() => {
      const { db, epoch } = openStore(folder, boot);
      db.close();
      return epoch;
    });
    expect(epochs[0] === epochs[1]).toBe(isSame);
  });

  it("[R10] what was stored is there after a restart, in the same epoch", async () => {
    const folder = newFolder();
    const first = open(folder);
    const audience = { exclude: ["s"] };
    await publish(first, "kept.a", { "é😀": 1 }, { audience });
    await publish(first, "kept.b", 2);
    const before = { events: await historyOf(first, "kept.a"), position: await first.position("kept.a") };
    await first[Symbol.asyncDispose]();
    await using second = open(folder);
    expect(await historyOf(second, "kept.a")).toEqual(before.events);
    expect(before.events[0]?.audience).toEqual(audience);
    expect(await second.position("kept.a")).toEqual(before.position);
    expect(
      await isComplete(second, "kept.a", { ...before.position, offset: before.position.offset - 1 }),
    ).toBe(true);
  });

  it("[R29] a retained event is there after a restart, of a topic without history, too", async () => {
    const folder = newFolder();
    const first = open(folder);
    const publisher = { session: "s", subject: "ann", role: "staff" };
    const { event } = await publish(first, "a", 1, {
      retain: true,
      publisher,
      audience: { eligible: ["t"] },
    });
    await first[Symbol.asyncDispose]();
    await using second = open(folder);
    expect(await second.retained("a")).toEqual(event);
    expect(event).toMatchObject({ publisher, audience: { eligible: ["t"] } });
  });

  it("[R10] a store of the first version is opened as it is, and one of a later version is refused", async () => {
    const folder = newFolder();
    const first = open(folder);
    const { event, epoch } = await publish(first, "kept", 1, { audience: { exclude: ["s"] } });
    await first[Symbol.asyncDispose]();
    const alter = (...statements: string[]) => {
      const db = new Database(join(folder, "switchboard.db"));
      for (const statement of statements) db.run(statement);
      db.close();
    };
    const older = ["DROP TABLE retained", "ALTER TABLE events RENAME COLUMN details TO audience"];
    alter(...older, "PRAGMA user_version = 0");
    const second = open(folder);
    expect(await historyOf(second, "kept")).toEqual([event]);
    expect((await publish(second, "kept", 2, { retain: true })).epoch).toBe(epoch);
    await second[Symbol.asyncDispose]();
    alter("PRAGMA user_version = 99");
    expect(() => open(folder)).toThrow(/SWITCHBOARD_DATA_DIR: .* of version 99/);
  });

  it("[R9] no offset is given twice, not even those of events that were not stored", async () => {
    const folder = newFolder();
    let last = 0;
    for (let start = 0; start < 3; start++) {
      const engine = open(folder);
      for (const topic of ["a", "kept", "a"]) {
        const { event } = await publish(engine, topic, 1);
        expect(event.offset).toBeGreaterThan(last);
        last = event.offset;
      }
      await engine[Symbol.asyncDispose]();
    }
  });

  it("[R10] what a topic without history had been sent before the restart is told as missed", async () => {
    const folder = newFolder();
    const first = open(folder);
    const { event, epoch } = await publish(first, "a", 1);
    await publish(first, "a", 2);
    await first[Symbol.asyncDispose]();
    await using second = open(folder);
    expect(await isComplete(second, "a", { epoch, offset: event.offset })).toBe(false);
  });

  it("[R11] keys hold over a restart, for what is left of their 2 minutes", async () => {
    const folder = newFolder();
    const first = open(folder);
    const { event } = await publish(first, "kept", 1, { key: "k" });
    await publish(first, "a", 1, { key: "k" });
    await first[Symbol.asyncDispose]();
    await using second = open(folder);
    expect(await publish(second, "kept", 1, { key: "k" })).toMatchObject({
      duplicate: true,
      event: { offset: event.offset, publication: "p" },
    });
    await expect(publish(second, "kept", 2, { key: "k" })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    expect((await publish(second, "a", 1, { key: "k" })).duplicate).toBe(true);
    expect((await second.describe("kept")).length).toBe(1);
    clock.advance(120_001);
    expect((await publish(second, "kept", 2, { key: "k" })).duplicate).toBe(false);
  });

  it("[R10] what was forgotten stays forgotten", async () => {
    const folder = newFolder();
    const first = open(folder);
    const accepted = await Promise.all(Array.from({ length: 200 }, (_, i) => publish(first, "kept", i)));
    await first[Symbol.asyncDispose]();
    await using second = open(folder);
    expect((await historyOf(second, "kept")).map(({ data }) => Number(data))).toEqual(
      Array.from({ length: 50 }, (_, i) => 150 + i),
    );
    const since = (i: number) => ({
      epoch: accepted[0]?.epoch ?? "",
      offset: accepted[i]?.event.offset ?? 0,
    });
    expect(await isComplete(second, "kept", since(149))).toBe(true);
    expect(await isComplete(second, "kept", since(148))).toBe(false);
  });

  it("[R7] what was acknowledged outlives a process that is killed: same epoch, no offset twice", async () => {
    const folder = newFolder();
    const { epoch, offsets } = await publishAndDie(folder, 20);
    await using engine = open(folder);
    expect((await historyOf(engine, "kept")).map(({ offset }) => offset)).toEqual(offsets.slice(0, 20));
    expect((await engine.position("kept")).epoch).toBe(epoch);
    expect(await publish(engine, "kept", 3, { key: "k3" })).toMatchObject({
      duplicate: true,
      event: { offset: offsets[3] },
    });
    expect((await publish(engine, "a", 1)).event.offset).toBeGreaterThan(Math.max(...offsets));
  });

  it("[R10] a store that was wiped, or restored from a copy, has another epoch", async () => {
    const folder = newFolder();
    const first = open(folder);
    const { epoch } = await publish(first, "kept", 1);
    await first[Symbol.asyncDispose]();
    const copy = newFolder();
    cpSync(folder, copy, { recursive: true });
    const second = open(folder);
    expect((await publish(second, "kept", 2)).epoch).toBe(epoch);
    await second[Symbol.asyncDispose]();

    rmSync(folder, { recursive: true });
    cpSync(copy, folder, { recursive: true });
    await using restored = open(folder);
    expect((await restored.position("kept")).epoch).not.toBe(epoch);
    await using wiped = open(newFolder());
    expect((await wiped.position("kept")).epoch).not.toBe(epoch);
  });

  it("a store is one process's alone, and says whose it is not", async () => {
    const folder = newFolder();
    await using first = open(folder);
    expect(() => open(folder)).toThrow(/^SWITCHBOARD_DATA_DIR: .* is in use by another process; /);
    await first.ping();
  });

  it("[R16] a folder that cannot be used is named, with the setting", () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    expect(() => open(file)).toThrow(/^SWITCHBOARD_DATA_DIR: .*file cannot be used: /);
    const broken = newFolder();
    writeFileSync(join(broken, "switchboard.db"), "this is no database ".repeat(100));
    expect(() => open(broken)).toThrow(/^SWITCHBOARD_DATA_DIR: .* cannot be used: /);
  });
});
