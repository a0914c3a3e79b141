import * as fc from "fast-check";
import { expect, it } from "vitest";
import { TestNode } from "../../test/harness.ts";

const topics = ["crm.1", "crm.2", "crm.10", "a", "a.b", "a.b.c", "a.c", "ab"] as const;
const patterns = [
  "prefix a",
  "prefix a.",
  "prefix crm.1",
  "wildcard a.*",
  "wildcard a.>",
  "wildcard >",
] as const;
const sessionsMax = 5;

type Action =
  | { readonly do: "subscribe"; readonly who: number; readonly what: string }
  | { readonly do: "unsubscribe"; readonly who: number; readonly which: number }
  | {
      readonly do: "publish";
      readonly who: number;
      readonly to: readonly string[];
      readonly filters: Filters;
    }
  | { readonly do: "close" | "open"; readonly who: number; readonly crmIds: readonly string[] }
  | { readonly do: "settle" };

interface Filters {
  readonly exclude?: readonly number[];
  readonly eligible?: readonly number[];
  readonly onlyCrmIds?: readonly string[];
  readonly echo?: boolean;
}

const who = fc.nat(sessionsMax - 1);
const lists = fc.uniqueArray(who, { maxLength: 3 });
const crmIds = fc.uniqueArray(fc.constantFrom("1", "2", "10"), { minLength: 1, maxLength: 2 });
const what = fc.constantFrom<string>(...topics, ...patterns);

const rarely = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const filters = fc
  .record({
    exclude: rarely(lists),
    eligible: rarely(lists),
    onlyCrmIds: rarely(crmIds),
    echo: rarely(fc.boolean()),
  })
  .map((record) => JSON.parse(JSON.stringify(record)) as Filters);
const to = fc.oneof(
  crmIds.map((ids) => ids.map((id) => `crm.${id}`)),
  fc.constantFrom(...topics).map((topic) => [topic]),
);

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("subscribe" as const), who, what }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("unsubscribe" as const), who, which: fc.nat(20) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("publish" as const), who, to, filters }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("close" as const, "open" as const), who, crmIds }),
  },
  { weight: 4, arbitrary: fc.constant({ do: "settle" as const }) },
);

/** What a pattern means, level by level and by hand. */
function means(one: string, topic: string): boolean {
  const [match = "", pattern = ""] = one.split(" ");
  if (pattern === "") return one === topic;
  if (match === "prefix") return topic.slice(0, pattern.length) === pattern;
  if (pattern === ">") return true;
  const [head = "", ...below] = topic.split(".");
  return head === "a" && (pattern === "a.*" ? below.length === 1 : below.length >= 1);
}

function subscriptionOf(one: string): { readonly match: string; readonly topic: string } {
  const [match = "", topic] = one.split(" ");
  return topic === undefined ? { match: "exact", topic: one } : { match, topic };
}

interface Listener {
  open: boolean;
  id: string;
  subscriptions: Set<string>;
  heard: string[];
}

/** Routing as one would tell it: arrays and ifs. */
class Model {
  readonly listeners: Listener[] = Array.from({ length: sessionsMax }, () => ({
    open: false,
    id: "",
    subscriptions: new Set<string>(),
    heard: [],
  }));
  deliveries = 0;

  publish(
    from: number,
    topic: string,
    number: number,
    { exclude, eligible, onlyCrmIds, echo }: Filters,
  ): void {
    for (const [i, listener] of this.listeners.entries()) {
      if (!listener.open) continue;
      if (![...listener.subscriptions].some((one) => means(one, topic))) continue;
      if (i === from && echo !== true) continue;
      if (exclude?.includes(i) === true) continue;
      if (eligible !== undefined && !eligible.includes(i)) continue;
      if (onlyCrmIds !== undefined && !onlyCrmIds.some((id) => listener.subscriptions.has(`crm.${id}`)))
        continue;
      listener.heard.push(`${topic} ${number}`);
      this.deliveries += 1;
    }
  }
}

const seen = { deliveries: 0, filtered: 0, unsubscribes: 0, closes: 0, patterns: 0, plays: 0 };

/** One play, on the real node and in the model; what each session heard must be the same, in order. */
async function play(actions: readonly Action[], step: number): Promise<void> {
  const node = new TestNode({ step: () => step, history: "crm.*=100/1h" });
  const model = new Model();
  let number = 0;
  const nameOf = (i: number) => `s${i}`;

  for (const one of actions) {
    if (one.do === "settle") {
      await node.settle();
      continue;
    }
    const listener = model.listeners[one.who] as Listener;
    if (one.do === "open" || !listener.open) {
      if (listener.open) continue;
      await node.settle();
      const ids = "crmIds" in one ? one.crmIds : [];
      const client = node.open(nameOf(one.who));
      client.say({ type: "hello", crmIds: ids });
      await node.settle();
      model.listeners[one.who] = {
        open: true,
        id: client.session.id,
        subscriptions: new Set(ids.map((id) => `crm.${id}`)),
        heard: [],
      };
      continue;
    }
    const client = node.client(nameOf(one.who));
    const ids = (list: readonly number[] | undefined) => list?.map((i) => model.listeners[i]?.id || "nobody");
    switch (one.do) {
      case "subscribe":
        await node.settle();
        client.say({ type: "subscribe", id: (number += 1), ...subscriptionOf(one.what) });
        await node.settle();
        listener.subscriptions.add(one.what);
        if (one.what.includes(" ")) seen.patterns += 1;
        break;
      case "unsubscribe": {
        await node.settle();
        const all = [...listener.subscriptions];
        const left = all[one.which % all.length];
        if (left === undefined) break;
        client.say({ type: "unsubscribe", id: (number += 1), ...subscriptionOf(left) });
        listener.subscriptions.delete(left);
        seen.unsubscribes += 1;
        break;
      }
      case "publish": {
        const { exclude, eligible, ...rest } = one.filters;
        const crm =
          one.to.length > 1 ? { crmIds: one.to.map((name) => name.slice(4)) } : { topic: one.to[0] };
        number += 1;
        client.say({
          type: "publish",
          ...crm,
          ...rest,
          exclude: ids(exclude),
          eligible: ids(eligible),
          data: number,
        });
        for (const name of one.to) model.publish(one.who, name, number, one.filters);
        if (exclude ?? eligible ?? rest.onlyCrmIds) seen.filtered += 1;
        break;
      }
      case "close":
        await node.settle();
        compare(node, model, one.who);
        client.cut();
        listener.open = false;
        seen.closes += 1;
        break;
      default:
        throw new Error("no such action");
    }
  }
  await node.settle();
  for (const i of model.listeners.keys()) compare(node, model, i);
  expect(node.faults).toEqual([]);
  seen.deliveries += model.deliveries;
  seen.plays += 1;
}

function compare(node: TestNode, model: Model, i: number): void {
  const listener = model.listeners[i] as Listener;
  if (!listener.open) return;
  const frames = node.client(`s${i}`).socket.texts.map((text) => JSON.parse(text) as Record<string, unknown>);
  const events = frames.filter(({ type }) => type === "event");
  expect(events.map(({ topic, data }) => `${topic as string} ${data as number}`)).toEqual(listener.heard);
  for (const topic of topics) {
    const offsets = events.filter((event) => event["topic"] === topic).map(({ offset }) => Number(offset));
    expect(offsets).toEqual(offsets.toSorted((one, other) => one - other));
  }
}

it("[R17] every session hears what it should, once and in order, and nobody else does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 200, size: "max" }), fc.integer({ min: 1, max: 9 }), play),
    { numRuns: 100, interruptAfterTimeLimit: 100_000 },
  );
  expect(seen.plays).toBeGreaterThanOrEqual(100);
  expect(seen.deliveries).toBeGreaterThan(1_000);
  for (const count of [seen.filtered, seen.unsubscribes, seen.patterns]) expect(count).toBeGreaterThan(100);
  expect(seen.closes).toBeGreaterThan(30);
}, 180_000);
