import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ManualClock } from "../../../test/manual-clock.ts";
import { engineContract, type ContractOptions } from "../../core/engine.contract.ts";
import { Turn } from "../../core/turn.ts";
import { localEngine } from "./local.ts";
import { memoryStore } from "./memory-store.ts";
import { sqliteStore } from "./sqlite-store.ts";
import type { Batch, Store } from "./store.ts";

const step = () => 1 + Math.floor(Math.random() * 5);

function fail(error: unknown): never {
  throw error;
}

/** The local engine over a store; its offsets skip numbers at random. */
function over(store: Store, report: (error: unknown) => void = fail) {
  return ({ retentionOf, clock }: ContractOptions) => {
    const turn = new Turn((end) => void setImmediate(end), report);
    return localEngine({ store, retentionOf, turn, clock, report, step, retainedEventsMax: 5 });
  };
}

const folder = mkdtempSync(join(tmpdir(), "switchboard-engine-"));
afterAll(() => rmSync(folder, { recursive: true }));

engineContract("the local engine in memory", (options) => over(memoryStore())(options));
engineContract("the local engine on SQLite", (options) =>
  over(sqliteStore(mkdtempSync(join(folder, "s"))))(options),
);

describe("the local engine", () => {
  const options = () => ({
    clock: new ManualClock(),
    retentionOf: (topic: string) => (topic === "kept" ? { events: 10, ageMs: 60_000 } : undefined),
  });
  const draft = { publication: "p", name: "message", data: "1" };

  it("[R7] receivers are the sum of what its listeners say", async () => {
    await using engine = over(memoryStore())(options());
    await engine.listen("a", "exact", { hear: () => 2 });
    await engine.listen("a", "prefix", { hear: () => 3 });
    expect((await engine.publish("a", draft)).receivers).toBe(5);
  });

  it("[R11] a key holds what its publish was answered, and neither its data nor whom it was for", async () => {
    await using engine = over(memoryStore())(options());
    const large = { ...draft, data: '"much"', audience: { eligible: ["s1"] }, key: "k" };
    const first = await engine.publish("a", large);
    const { event } = await engine.publish("a", large);
    expect(JSON.stringify(event)).not.toMatch(/much|s1/);
    expect(event.offset).toBe(first.event.offset);
  });

  it("[R13] however many topics are listened to, each is heard", async () => {
    await using engine = over(memoryStore())(options());
    let heard = 0;
    const listener = { hear: () => (heard += 1) };
    const names = Array.from({ length: 100_100 }, (_, i) => `t${i}`);
    const stops = await Promise.all(names.map((name) => engine.listen(name, "exact", listener)));
    for (const name of [names[0], names.at(-1)]) await engine.publish(name as string, draft);
    expect(heard).toBe(2);
    for (const stop of stops) stop();
    for (const name of [names[0], names.at(-1)]) await engine.publish(name as string, draft);
    expect(heard).toBe(2);
  });

  it("[R10] a topic that is let go, since there are too many, is not let go with what is just published in it", async () => {
    await using engine = over(memoryStore())(options());
    await engine.publish("a", draft);
    const since = await engine.position("a");
    await Promise.all(Array.from({ length: 99_999 }, (_, i) => engine.position(`t${i}`)));
    await Promise.all([engine.publish("a", draft), engine.publish("one more", draft)]);
    expect((await engine.history("a", { since })).complete).toBe(false);
  });

  it("[R7] a turn's publishes share one commit", async () => {
    const store = memoryStore();
    let commits = 0;
    const counting = {
      ...store,
      append(batch: Batch) {
        commits += 1;
        store.append(batch);
      },
    };
    await using engine = over(counting)(options());
    await Promise.all(Array.from({ length: 500 }, () => engine.publish("kept", draft)));
    expect(commits).toBe(1);
  });

  it("[R7] what cannot be stored is refused as unavailable, heard by nobody, and told to the operator", async () => {
    const store = memoryStore();
    const faults: unknown[] = [];
    let full = true;
    const failing = {
      ...store,
      append(batch: Batch) {
        if (full && batch.events.length + batch.keys.length + batch.retained.length > 0)
          throw new Error("disk full");
        store.append(batch);
      },
      check() {
        if (full) throw new Error("disk full");
      },
    };
    await using engine = over(failing, (error) => faults.push(error))(options());
    let heard = 0;
    await engine.listen("kept", "exact", { hear: () => (heard += 1) });
    await expect(engine.publish("kept", { ...draft, key: "k" })).rejects.toMatchObject({
      code: "unavailable",
    });
    await expect(engine.publish("a", { ...draft, key: "k" })).rejects.toMatchObject({ code: "unavailable" });
    await expect(engine.publish("a", { ...draft, retain: true })).rejects.toMatchObject({
      code: "unavailable",
    });
    expect(await engine.retained("a")).toBeUndefined();
    await expect(engine.ping()).rejects.toMatchObject({ code: "unavailable" });
    expect(heard).toBe(0);
    expect(faults).toMatchObject(Array.from({ length: 3 }, () => ({ message: "disk full" })));
    full = false;
    const { duplicate } = await engine.publish("kept", { ...draft, key: "k" });
    expect([duplicate, heard]).toEqual([false, 1]);
    await engine.ping();
  });

  it("[R13] what is stored is heard and acknowledged, though what is too much cannot be forgotten", async () => {
    const faults: unknown[] = [];
    const store: Store = {
      ...memoryStore(),
      trim() {
        throw new Error("disk full");
      },
    };
    await using engine = over(store, (error) => faults.push(error))(options());
    let heard = 0;
    await engine.listen("kept", "exact", { hear: () => (heard += 1) });
    const accepted = await Promise.all(Array.from({ length: 250 }, () => engine.publish("kept", draft)));
    expect([accepted.length, heard]).toEqual([250, 250]);
    expect(faults).toMatchObject([{ message: "disk full" }, { message: "disk full" }]);
  });

  it("[R7] a topic without history takes publishes though the store is full", async () => {
    const store = memoryStore();
    const failing = {
      ...store,
      append(batch: Batch) {
        if (batch.events.length > 0) throw new Error("disk full");
      },
    };
    await using engine = over(failing, () => undefined)(options());
    const both = await Promise.allSettled([engine.publish("kept", draft), engine.publish("a", draft)]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  });

  it.each([
    ["recovered: false", (epoch: string) => ({ since: { epoch: `not ${epoch}`, offset: 0 } })],
    ["the newest", () => ({ last: 5 })],
  ])("[R10] news that is forgotten before it is read is not skipped: %s", async (_, queryOf) => {
    await using engine = over(memoryStore())(options());
    const many = (count: number) =>
      Promise.all(Array.from({ length: count }, () => engine.publish("kept", draft)));
    const [{ epoch } = { epoch: "" }] = await many(5);
    const history = await engine.history("kept", queryOf(epoch));
    expect(await history.next()).toHaveLength(5);
    await many(1_000);
    await expect(history.next()).rejects.toMatchObject({ code: 4001 });
  });

  it("[R10] a complete history that is all forgotten before it is read is not taken for an empty one", async () => {
    const given = options();
    await using engine = over(memoryStore())(given);
    const [first] = await Promise.all([engine.publish("kept", draft), engine.publish("kept", draft)]);
    const { epoch, event } = first;
    const history = await engine.history("kept", { since: { epoch, offset: event.offset } });
    expect(history.complete).toBe(true);
    given.clock.advance(120_000);
    await expect(history.next()).rejects.toMatchObject({ code: 4001 });
  });

  it.each(["memory", "SQLite"])(
    "[R29] more topics than may be retained: the oldest give way (%s)",
    async (kind) => {
      const given = options();
      const store = kind === "memory" ? memoryStore() : sqliteStore(mkdtempSync(join(folder, "s")));
      await using engine = over(store)(given);
      const retain = (topic: string) => engine.publish(topic, { ...draft, retain: true });
      for (const topic of ["a", "b", "c", "d", "e", "f", "b"]) await retain(topic);
      given.clock.advance(1_000);
      const topics = ["a", "b", "c", "d", "e", "f"];
      const retained = await Promise.all(topics.map((topic) => engine.retained(topic)));
      expect(retained.flatMap((event) => event?.topic ?? [])).toEqual(["b", "c", "d", "e", "f"]);
      for (const topic of ["g", "h"]) await retain(topic);
      given.clock.advance(1_000);
      const left = await Promise.all(topics.map((topic) => engine.retained(topic)));
      expect(left.flatMap((event) => event?.topic ?? [])).toEqual(["b", "e", "f"]);
    },
  );

  it("what was published before it is disposed of is stored and acknowledged", async () => {
    const engine = over(memoryStore())(options());
    const accepted = engine.publish("kept", draft);
    await engine[Symbol.asyncDispose]();
    expect((await accepted).duplicate).toBe(false);
  });
});
