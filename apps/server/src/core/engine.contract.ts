import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import type { Accepted, Engine, HistoryQuery } from "./engine.ts";
import type { Draft, Event } from "./event.ts";

/** What a topic keeps in these tests, by the first of its levels. */
const kept: Record<string, { readonly events: number; readonly ageMs: number }> = {
  kept: { events: 10_000, ageMs: 3_600_000 },
  few: { events: 5, ageMs: 3_600_000 },
  young: { events: 10_000, ageMs: 10_000 },
};

/** What the engine is made with: topics `kept.…` keep all, `few.…` five events, `young.…` ten seconds, others nothing. */
export interface ContractOptions {
  readonly retentionOf: (topic: string) => { readonly events: number; readonly ageMs: number } | undefined;
  readonly clock: ManualClock;
}

let publications = 0;

function draftOf(data: unknown, more: Partial<Draft> = {}): Draft {
  return { publication: `p${(publications += 1)}`, name: "message", data: JSON.stringify(data), ...more };
}

/** What every engine promises; called with a way to make one. */
export function engineContract(
  name: string,
  makeEngine: (options: ContractOptions) => Engine | Promise<Engine>,
): void {
  describe(`${name}, as an engine`, () => {
    let engine: Engine;
    let clock: ManualClock;

    beforeEach(async () => {
      clock = new ManualClock();
      engine = await makeEngine({ clock, retentionOf: (topic) => kept[topic.split(".")[0] ?? ""] });
    });
    afterEach(() => engine[Symbol.asyncDispose]());

    const publish = (topic: string, data: unknown = null, more: Partial<Draft> = {}) =>
      engine.publish(topic, draftOf(data, more));

    async function publishAll(topic: string, count: number): Promise<Accepted[]> {
      return Promise.all(Array.from({ length: count }, (_, i) => publish(topic, i)));
    }

    async function read(topic: string, query: HistoryQuery) {
      const history = await engine.history(topic, query);
      const events: Event[] = [];
      for (let page = await history.next(); page.length > 0; page = await history.next())
        events.push(...page);
      return { ...history, events, offsets: events.map(({ offset }) => offset) };
    }

    const since = async (topic: string, offset: number) => ({
      since: { epoch: (await engine.position(topic)).epoch, offset },
    });

    describe("publishing and hearing", () => {
      it("[R9] events of a topic are heard in the order they were published in, with growing offsets", async () => {
        const heard: Event[] = [];
        await engine.listen("a", "exact", { hear: (event) => heard.push(event) });
        const accepted = await publishAll("a", 2_500);
        expect(heard.map(({ data }) => data)).toEqual(Array.from({ length: 2_500 }, (_, i) => `${i}`));
        expect(heard.every(({ offset }, i) => i === 0 || offset > (heard[i - 1]?.offset ?? 0))).toBe(true);
        expect(accepted.map(({ event }) => event.offset)).toEqual(heard.map(({ offset }) => offset));
      });

      it("[R7] an event is what its draft said, at the time of the clock", async () => {
        const heard: Event[] = [];
        await engine.listen("kept.a", "exact", { hear: (event) => heard.push(event) });
        const audience = {
          exclude: ["s1"],
          eligible: ["s2"],
          onlyCrmIds: ["42"],
          excludeSubjects: ["bob"],
          eligibleSubjects: ["ann"],
          excludeRoles: ["guest"],
          eligibleRoles: ["staff", "é"],
        };
        const publisher = { session: "s3", subject: "eve", role: "staff" };
        const data = '{"b":1,  "a":12345678901234567890, "é":"\\u00e9😀"}';
        const draft = { publication: "p", name: "n", data, audience, publisher };
        const { event } = await engine.publish("kept.a", draft);
        const expected = { ...draft, topic: "kept.a", time: clock.now() };
        expect(event).toMatchObject(expected);
        expect(heard).toEqual([event]);
        expect((await read("kept.a", { last: 1 })).events).toEqual([event]);
      });

      it("[R17] a topic does not leak into another", async () => {
        const heard: string[] = [];
        await engine.listen("a", "exact", { hear: ({ topic }) => heard.push(topic) });
        await Promise.all(["a.b", "A", "ab", "b", "a"].map((topic) => publish(topic)));
        expect(heard).toEqual(["a"]);
      });

      it("[R6] listeners of patterns hear every topic that is meant, and no other", async () => {
        const heard: string[] = [];
        const hear = (who: string) => (event: Event) => heard.push(`${who} ${event.topic}`);
        await engine.listen("a.", "prefix", { hear: hear("prefix") });
        await engine.listen("a.*.c", "wildcard", { hear: hear("one level") });
        await engine.listen("a.>", "wildcard", { hear: hear("all below") });
        for (const topic of ["a", "a.b", "a.b.c", "a.b.d", "b.a", "kept.a.b"]) await publish(topic);
        expect(heard.toSorted()).toEqual([
          "all below a.b",
          "all below a.b.c",
          "all below a.b.d",
          "one level a.b.c",
          "prefix a.b",
          "prefix a.b.c",
          "prefix a.b.d",
        ]);
      });

      it("[R7] publish resolves once the listeners have heard", async () => {
        let heard = 0;
        await engine.listen("a", "exact", { hear: () => (heard += 1) });
        await engine.listen("a", "prefix", { hear: () => (heard += 1) });
        await publish("a");
        expect(heard).toBe(2);
      });

      it("[R7] receivers, where the engine knows them, are the sum of what its listeners say", async () => {
        await engine.listen("a", "exact", { hear: () => 2 });
        await engine.listen("a", "exact", { hear: () => 3 });
        await engine.listen("a", "prefix", { hear: () => 4 });
        await engine.listen("b", "exact", { hear: () => 5 });
        const { receivers } = await publish("a");
        expect([9, undefined]).toContain(receivers);
        expect([0, undefined]).toContain((await publish("c")).receivers);
      });

      it("a listener hears what is published after listen resolved, once, and nothing before", async () => {
        const heard: string[] = [];
        await publish("a", "before");
        await engine.listen("a", "exact", { hear: ({ data }) => heard.push(data) });
        await publish("a", "after");
        await publish("a", "later");
        expect(heard).toEqual(['"after"', '"later"']);
      });

      it.each(["exact", "prefix", "wildcard"] as const)(
        "a listener (%s) that has stopped hears nothing, and the others go on",
        async (match) => {
          const heard: string[] = [];
          await engine.listen("a", match, { hear: () => heard.push("first") });
          const stop = await engine.listen("a", match, { hear: () => heard.push("stopped") });
          await engine.listen("a", match, { hear: () => heard.push("last") });
          stop();
          await publish("a");
          expect(heard.toSorted()).toEqual(["first", "last"]);
        },
      );

      it.each(["exact", "prefix"] as const)("to stop twice (%s) is to stop once", async (match) => {
        let heard = 0;
        await engine.listen("a", match, { hear: () => (heard += 1) });
        const stop = await engine.listen("a", match, { hear: () => 0 });
        stop();
        stop();
        await publish("a");
        expect(heard).toBe(1);
      });
    });

    describe("where a topic stands", () => {
      it("[R9] its position is the newest event's offset, in one epoch", async () => {
        const [, last] = await publishAll("kept.a", 2);
        await publish("kept.b");
        expect(await engine.position("kept.a")).toEqual({ epoch: last?.epoch, offset: last?.event.offset });
      });

      it("[R9] a topic without history has a position, too", async () => {
        const { event } = await publish("a");
        expect((await engine.position("a")).offset).toBe(event.offset);
      });

      it("[R10] describe tells how much is retained", async () => {
        await publishAll("few.a", 3);
        expect(await engine.describe("few.a")).toEqual({ ...(await engine.position("few.a")), length: 3 });
        await publishAll("few.a", 9);
        expect((await engine.describe("few.a")).length).toBe(5);
        expect((await engine.describe("kept.nothing")).length).toBe(0);
        await publish("a");
        expect((await engine.describe("a")).length).toBe(0);
      });

      it("ping resolves while the engine takes publishes", async () => {
        expect(await engine.ping()).toBeUndefined();
      });
    });

    describe("history", () => {
      it("[R10] since a position it holds every later event, oldest first, and is complete", async () => {
        const accepted = await publishAll("kept.a", 10);
        await publish("kept.b");
        const { complete, position, events } = await read(
          "kept.a",
          await since("kept.a", accepted[3]?.event.offset ?? 0),
        );
        expect(complete).toBe(true);
        expect(events).toEqual(accepted.slice(4).map(({ event }) => event));
        expect(position).toEqual(await engine.position("kept.a"));
      });

      it("[R10] since the newest event it is empty and complete", async () => {
        const [only] = await publishAll("kept.a", 1);
        expect(await read("kept.a", await since("kept.a", only?.event.offset ?? 0))).toMatchObject({
          complete: true,
          events: [],
        });
      });

      it("[R10] of a topic where nothing ever was it is empty and complete", async () => {
        const { offset } = await engine.position("kept.new");
        expect(await read("kept.new", await since("kept.new", offset))).toMatchObject({
          complete: true,
          events: [],
        });
      });

      it("[R10] as many missed as are retained is complete, one more is not", async () => {
        const offsets = (await publishAll("few.a", 30)).map(({ event }) => event.offset);
        const all = await read("few.a", await since("few.a", offsets[24] ?? 0));
        expect(all).toMatchObject({ complete: true, offsets: offsets.slice(25) });
        const some = await read("few.a", await since("few.a", offsets[23] ?? 0));
        expect(some).toMatchObject({ complete: false, offsets: offsets.slice(25) });
      });

      it("[R10] of another epoch it is all that is retained, and not complete", async () => {
        const accepted = await publishAll("kept.a", 4);
        const offset = accepted[3]?.event.offset ?? 0;
        const { complete, offsets } = await read("kept.a", { since: { epoch: "another", offset } });
        expect(complete).toBe(false);
        expect(offsets).toEqual(accepted.map(({ event }) => event.offset));
      });

      it("[R10] from a position of the future it is not complete", async () => {
        const accepted = await publishAll("kept.a", 3);
        const { complete } = await read(
          "kept.a",
          await since("kept.a", (accepted[2]?.event.offset ?? 0) + 1_000),
        );
        expect(complete).toBe(false);
      });

      it("[R10] the last n are the newest n, oldest first, and fewer where there are fewer", async () => {
        const offsets = (await publishAll("kept.a", 10)).map(({ event }) => event.offset);
        expect(await read("kept.a", { last: 3 })).toMatchObject({
          complete: true,
          offsets: offsets.slice(7),
        });
        expect((await read("kept.a", { last: 99 })).offsets).toEqual(offsets);
      });

      it("[R10] no more than is retained, whatever is asked", async () => {
        const offsets = (await publishAll("few.a", 30)).map(({ event }) => event.offset);
        expect((await read("few.a", { last: 1_000 })).offsets).toEqual(offsets.slice(25));
      });

      it("[R10] it comes in pages, each event once, however many and however large", async () => {
        const large = "x".repeat(100_000);
        await Promise.all(Array.from({ length: 20 }, (_, i) => publish("kept.a", `${i} ${large}`)));
        const offsets = (await publishAll("kept.a", 3_000)).map(({ event }) => event.offset);
        const history = await read("kept.a", { last: 9_999 });
        expect(history.events.length).toBe(3_020);
        expect(history.events.slice(0, 20).map(({ data }) => Number.parseInt(data.slice(1)))).toEqual(
          Array.from({ length: 20 }, (_, i) => i),
        );
        expect(history.offsets.slice(20)).toEqual(offsets);
        const first = await (await engine.history("kept.a", { last: 9_999 })).next();
        expect(first.length).toBeLessThan(20);
      });

      it("[R10] it goes on to what is published while it is read", async () => {
        const [first] = await publishAll("kept.a", 1);
        const history = await engine.history("kept.a", { last: 10 });
        expect((await history.next()).map(({ offset }) => offset)).toEqual([first?.event.offset]);
        expect(await history.next()).toEqual([]);
        const { event } = await publish("kept.a", "meanwhile");
        expect(await history.next()).toEqual([event]);
        expect(await history.next()).toEqual([]);
      });

      it("[R10] what is forgotten while it is read is not skipped: the reading fails", async () => {
        const [first] = await publishAll("few.a", 5);
        const history = await engine.history("few.a", await since("few.a", first?.event.offset ?? 0));
        expect(history.complete).toBe(true);
        await publishAll("few.a", 2_000);
        await expect(history.next()).rejects.toThrow();
      });

      it("[R10] what it leaves out is behind its position, also where the topic goes on meanwhile", async () => {
        const [first] = await publishAll("few.a", 1);
        const position = await since("few.a", first?.event.offset ?? 0);
        const published: number[] = [];
        const told: { readonly from: number; readonly to: number }[] = [];
        for (let i = 0; i < 20; i++) {
          const reading = engine.history("few.a", position);
          const going = publishAll("few.a", 20);
          const history = await reading;
          const page = await history.next().catch(() => []);
          published.push(...(await going).map(({ event }) => event.offset));
          if (page[0] !== undefined) told.push({ from: history.position.offset, to: page[0].offset });
        }
        expect(told.length).toBeGreaterThan(0);
        const isSkipped = (offset: number) => told.some(({ from, to }) => from < offset && offset < to);
        expect(published.filter(isSkipped)).toEqual([]);
      });

      it("[R10] events older than their topic keeps them are forgotten, and that is told", async () => {
        const [old] = await publishAll("young.a", 2);
        clock.advance(6_000);
        const [later] = await publishAll("young.a", 1);
        clock.advance(4_000);
        const position = await since("young.a", old?.event.offset ?? 0);
        expect(await read("young.a", position)).toMatchObject({ complete: true });
        clock.advance(1);
        expect(await read("young.a", position)).toMatchObject({
          complete: false,
          offsets: [later?.event.offset],
        });
        expect((await engine.describe("young.a")).length).toBe(1);
      });

      it("[R10] where all was forgotten it is not complete, and from the newest position it is", async () => {
        const accepted = await publishAll("young.a", 3);
        clock.advance(60_000);
        const [first, , last] = accepted.map(({ event }) => event.offset);
        expect(await read("young.a", await since("young.a", first ?? 0))).toMatchObject({
          complete: false,
          events: [],
        });
        expect(await read("young.a", await since("young.a", last ?? 0))).toMatchObject({
          complete: true,
          events: [],
        });
        const [next] = await publishAll("young.a", 1);
        expect(await read("young.a", await since("young.a", first ?? 0))).toMatchObject({
          complete: false,
          offsets: [next?.event.offset],
        });
        expect((await read("young.a", await since("young.a", last ?? 0))).complete).toBe(true);
      });

      it("[R10] from its newest event a topic that somebody hears has nothing more, wherever the others stand", async () => {
        const [newest] = await publishAll("kept.a", 1);
        for (const other of ["b", "c", "d", "e", "f", "g", "h", "i"]) await publishAll(`kept.${other}`, 1);
        const stop = await engine.listen("kept.a", "exact", { hear: () => 0 });
        expect(await read("kept.a", await since("kept.a", newest?.event.offset ?? 0))).toMatchObject({
          complete: true,
          events: [],
        });
        stop();
      });

      it("[R10] a topic that keeps nothing tells the truth: complete only where nothing was missed", async () => {
        const [first, second] = (await publishAll("a", 2)).map(({ event }) => event.offset);
        expect(await read("a", await since("a", first ?? 0))).toMatchObject({ complete: false, events: [] });
        expect(await read("a", await since("a", second ?? 0))).toMatchObject({ complete: true, events: [] });
        expect((await read("a", { last: 5 })).events).toEqual([]);
      });
    });

    describe("retained events", () => {
      it.each(["kept.a", "a"])(
        "[R29] the newest that was published with retain is kept (%s)",
        async (topic) => {
          expect(await engine.retained(topic)).toBeUndefined();
          await publish(topic, "first", { retain: true });
          await publish("b", "of another", { retain: true });
          const audience = { excludeSubjects: ["bob"] };
          const publisher = { session: "s1", role: "staff" };
          const { event } = await publish(topic, "second", { retain: true, audience, publisher });
          await publish(topic, "passing");
          expect(await engine.retained(topic)).toEqual(event);
          expect(event).toMatchObject({ data: '"second"', audience, publisher });
        },
      );

      it("[R29] of those that are published in one turn the last is kept", async () => {
        const all = await Promise.all([1, 2, 3].map((data) => publish("a", data, { retain: true })));
        expect(await engine.retained("a")).toEqual(all[2]?.event);
      });
    });

    describe("idempotent publishing", () => {
      it("[R11] a key seen before gets the first answer again, and nobody hears it twice", async () => {
        const heard: number[] = [];
        await engine.listen("kept.a", "exact", { hear: ({ offset }) => heard.push(offset) });
        const first = await publish("kept.a", 1, { key: "k" });
        const second = await publish("kept.a", 1, { key: "k" });
        expect(first.duplicate).toBe(false);
        const { topic, offset, publication } = first.event;
        expect(second).toMatchObject({ ...first, duplicate: true, event: { topic, offset, publication } });
        expect(heard).toEqual([first.event.offset]);
        expect((await read("kept.a", { last: 9 })).offsets).toEqual([first.event.offset]);
      });

      it("[R11] it holds in topics that keep nothing, and in each topic for itself", async () => {
        const a = await publish("a", 1, { key: "k" });
        const b = await publish("b", 1, { key: "k" });
        expect(b.duplicate).toBe(false);
        expect((await publish("a", 1, { key: "k" })).event.offset).toBe(a.event.offset);
      });

      it("[R11] a key with another body is refused", async () => {
        await publish("kept.a", 1, { key: "k" });
        await expect(publish("kept.a", 2, { key: "k" })).rejects.toMatchObject({ code: "invalid_argument" });
        await expect(publish("kept.a", 1, { key: "k", name: "other" })).rejects.toMatchObject({
          code: "invalid_argument",
          message: expect.stringMatching(/^key: /) as unknown,
        });
        expect((await engine.describe("kept.a")).length).toBe(1);
      });

      it.each(["kept.a", "a"])(
        "[R11] of publishes in one turn with one key one is stored (%s)",
        async (topic) => {
          let heard = 0;
          await engine.listen(topic, "exact", { hear: () => (heard += 1) });
          const same = Array.from({ length: 20 }, () => publish(topic, 1, { key: "k" }));
          const between = publishAll(topic, 3);
          const other = publish(topic, 2, { key: "k" }).catch((error: unknown) => error);
          const accepted = await Promise.all(same);
          await between;
          expect(new Set(accepted.map(({ event }) => event.offset)).size).toBe(1);
          expect(accepted.filter(({ duplicate }) => !duplicate).length).toBe(1);
          expect(await other).toMatchObject({ code: "invalid_argument" });
          expect(heard).toBe(4);
        },
      );

      it("[R11] after 2 minutes a key is new again", async () => {
        const first = await publish("kept.a", 1, { key: "k" });
        clock.advance(120_000);
        expect((await publish("kept.a", 1, { key: "k" })).duplicate).toBe(true);
        clock.advance(1);
        const later = await publish("kept.a", 2, { key: "k" });
        expect(later.duplicate).toBe(false);
        expect(later.event.offset).toBeGreaterThan(first.event.offset);
        expect((await publish("kept.a", 2, { key: "k" })).duplicate).toBe(true);
      });
    });
  });
}
