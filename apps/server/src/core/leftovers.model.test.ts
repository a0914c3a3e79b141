import * as fc from "fast-check";
import { expect, it, vi } from "vitest";
import { TestNode, type Client, type Frame } from "../../test/harness.ts";
import { Refusal } from "./errors.ts";
import type { Hooks } from "./hooks.ts";
import { everything } from "./policy.ts";
import type { Session } from "./session.ts";

vi.setConfig({ testTimeout: 120_000 });

/** What a client says, but for ids, tokens and the secrets of others. */
const said = fc.constantFrom<Frame>(
  ...["crm.1", "crm.2", "a"].flatMap((topic) => [
    { type: "subscribe", topic },
    { type: "subscribe", topic, presence: true },
    { type: "subscribe", topic, last: 3 },
    { type: "unsubscribe", topic },
    { type: "publish", topic, data: "x".repeat(300) },
    { type: "publish", topic, data: 1, receipt: 1_000 },
  ]),
  { type: "subscribe", topic: "crm.", match: "prefix" },
  { type: "unsubscribe", topic: "crm.", match: "prefix" },
  { type: "register", procedure: "p", invoke: "roundrobin" },
  { type: "unregister", procedure: "p" },
  { type: "call", procedure: "p", timeout: 500 },
  { type: "refresh", token: "t" },
);

type Step =
  | { readonly do: "say"; readonly who: number; readonly frame: Frame }
  | {
      readonly do: "open" | "hello";
      readonly who: number;
      readonly crmIds: string[];
      readonly secret: number;
    }
  | { readonly do: "cut" | "close" | "stick"; readonly who: number }
  | { readonly do: "wait"; readonly ticks: number }
  | { readonly do: "settle" }
  | { readonly do: "advance"; readonly ms: number };

const who = fc.nat(9);
const crmIds = fc.subarray(["1", "2"]);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant("say" as const), who, frame: said }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("open", "hello"), who, crmIds, secret: fc.nat(3) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("cut", "close", "stick"), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ticks: fc.nat(8) }) },
  { weight: 2, arbitrary: fc.constant({ do: "settle" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.nat(3_000) }) },
);

const asked = [
  "onOpen",
  "onMessage",
  "onSubscribe",
  "onUnsubscribe",
  "onPublish",
  "onCall",
  "onClose",
] as const;
const plays = fc.record({
  hooks: fc.subarray([...asked]),
  asksWho: fc.boolean(),
  /** How many ticks each hook takes, in turn; every seventh or so refuses. */
  pauses: fc.array(fc.nat(14), { minLength: 5, maxLength: 20 }),
  steps: fc.array(step, { minLength: 40, maxLength: 120, size: "max" }),
});
type Play = typeof plays extends fc.Arbitrary<infer P> ? P : never;

const totals = { welcomed: 0, resumed: 0, refused: 0, cut: 0 };

class Stage {
  readonly node: TestNode;
  readonly #clients: Client[] = [];
  readonly #secrets: string[] = [];
  readonly #pauses: readonly number[];
  #pause = 0;
  #id = 0;

  constructor({ hooks, asksWho, pauses }: Play) {
    this.#pauses = pauses;
    const all = Object.fromEntries(hooks.map((name) => [name, () => this.#takeTime()])) as Hooks<Session>;
    const expiresAt = 1_700_000_000_000 + 3_600_000;
    const authenticate = () => this.#takeTime().then(() => ({ ...everything, expiresAt }));
    this.node = new TestNode({
      hooks: all,
      ...(asksWho && { authenticator: { authenticate } }),
      limits: { subscriptionsMax: 3, heldEventsMax: 3, sendBufferBytesMax: 3_000 },
    });
  }

  async act(one: Step): Promise<void> {
    if (one.do === "settle") return this.node.settle();
    if (one.do === "advance") return this.node.clock.advance(one.ms);
    if (one.do === "wait") return ticks(one.ticks);
    if (one.do === "open") this.#clients.push(this.node.open(`c${this.#clients.length}`));
    const client = one.do === "open" ? this.#clients.at(-1) : this.#clients[one.who % this.#clients.length];
    if (client === undefined) return;
    if (one.do === "say") client.say({ id: (this.#id += 1), ...one.frame });
    else if (one.do === "cut") this.#cut(client);
    else if (one.do === "close") client.session.close(1001, "");
    else if (one.do === "stick") this.#stick(client);
    else if (one.do === "open" || one.do === "hello")
      client.say({ type: "hello", token: "t", crmIds: one.crmIds, resume: this.#secrets.at(-one.secret) });
    this.#learn(client);
  }

  /** Everybody goes, and all that was begun comes to its end. */
  async end(): Promise<void> {
    for (const client of this.#clients) this.#cut(client);
    for (let i = 0; i < 30; i++) await this.node.settle();
    this.node.clock.advance(120_000);
    for (let i = 0; i < 5; i++) await this.node.settle();
  }

  #cut(client: Client): void {
    totals.cut += client.session.ended ? 0 : 1;
    client.cut();
  }

  #stick(client: Client): void {
    const { socket, session } = client;
    socket.stuck = !socket.stuck;
    if (socket.stuck) return;
    socket.read();
    session.drained();
  }

  #learn(client: Client): void {
    for (const { type, resume, session } of client.take()) {
      if (type !== "welcome") continue;
      totals.welcomed += 1;
      const isKnown = this.#secrets.some((secret) => secret.startsWith(String(session)));
      totals.resumed += isKnown ? 1 : 0;
      this.#secrets.push(String(resume));
    }
  }

  async #takeTime(): Promise<void> {
    const pause = this.#pauses[(this.#pause += 1) % this.#pauses.length] ?? 0;
    if (pause > 10) await new Promise((resolve) => void setImmediate(resolve));
    await ticks(pause);
    if (pause < 13) return;
    totals.refused += 1;
    throw new Refusal("unavailable", "not now");
  }
}

async function ticks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

it("whatever is said, however long it is thought about, and whenever it ends: nothing is left of it", async () => {
  const property = fc.asyncProperty(plays, async (play) => {
    const stage = new Stage(play);
    const { node, clock } = stage.node;
    const { awaited } = clock;
    for (const one of play.steps) await stage.act(one);
    await stage.end();
    expect([...node.sessions, ...node.sessions.joined]).toEqual([]);
    expect([...node.broker.rooms()].map(({ topic }) => topic)).toEqual([]);
    expect([...node.registrations]).toEqual([]);
    for (const topic of ["crm.1", "crm.2", "a"])
      expect((await node.presence.list(topic)).sessions).toEqual([]);
    expect(clock.awaited).toBe(awaited);
    const unanswered = { procedure: "p", data: undefined, caller: undefined, progress: undefined };
    if (!play.hooks.includes("onCall"))
      await expect(node.dealer.call(unanswered)).rejects.toMatchObject({ code: "no_such_procedure" });
    expect(stage.node.faults.filter((fault) => !(fault instanceof Refusal))).toEqual([]);
  });
  await fc.assert(property, { numRuns: 200, interruptAfterTimeLimit: 60_000 });
  expect(totals.welcomed).toBeGreaterThan(300);
  for (const total of Object.values(totals)) expect(total).toBeGreaterThan(20);
});
