import * as fc from "fast-check";
import { expect, it } from "vitest";
import { type Client, type Frame, TestNode } from "../../apps/server/test/harness.ts";
import { DealerModel, type ModelCall, ownProcedure, type Session } from "./dealer-model.ts";

const sessionsMax = 4;
const callsInFlightMax = 3;
const registrationsMax = 3;
const timeoutMsMax = 1_000;
const policies = ["single", "roundrobin", "random", "first", "last"] as const;
/** One for each policy, of the same name: mostly it is registered so, and several share it. */
const procedures = [...policies, ownProcedure] as const;

type Action =
  | { readonly do: "open" | "leave"; readonly who: number }
  | { readonly do: "register"; readonly who: number; readonly procedure: string; readonly policy: string }
  | { readonly do: "unregister"; readonly who: number; readonly procedure: string }
  | {
      readonly do: "call";
      readonly who: number;
      readonly procedure: string;
      readonly timeoutMs: number;
      readonly progress: boolean;
    }
  | { readonly do: "yield" | "error" | "progress" | "late" | "cancel"; readonly which: number }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "settle" };

const who = fc.nat(sessionsMax - 1);
const procedure = fc.constantFrom(...procedures);
const timeoutMs = fc.integer({ min: 1, max: timeoutMsMax });
const answering = fc.constantFrom(
  "yield",
  "yield",
  "error",
  "progress",
  "progress",
  "late",
  "cancel",
  "cancel",
);
const rarely = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("open" as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), who }) },
  {
    weight: 6,
    arbitrary: fc
      .record({ who, procedure, other: rarely(fc.constantFrom(...policies)) })
      .map(({ other, ...one }) => ({
        do: "register" as const,
        ...one,
        policy: policyOf(one.procedure, other),
      })),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unregister" as const), who, procedure }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("call" as const),
      who,
      procedure,
      timeoutMs,
      progress: fc.boolean(),
    }),
  },
  { weight: 12, arbitrary: fc.record({ do: answering, which: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.nat(timeoutMsMax / 4) }) },
  { weight: 3, arbitrary: fc.constant({ do: "settle" as const }) },
);

function policyOf(name: string, other: string | undefined): string {
  return name === ownProcedure ? "single" : (other ?? name);
}

const seen = {
  plays: 0,
  calls: 0,
  interrupts: 0,
  parts: 0,
  late: 0,
  /** Calls of procedures that several share, by policy. */
  shared: {} as Record<string, number>,
  outcomes: {} as Record<string, number>,
  answers: {} as Record<string, number>,
};

interface Player extends Session {
  client: Client;
  /** What is asked besides calls, and what the model says will be heard. */
  readonly asked: Map<number, string>;
}

/** One play: the same happens to the real node and to the model. */
class Play {
  readonly node = new TestNode({ limits: { callsInFlightMax, registrationsMax } });
  readonly model = new DealerModel({ calls: callsInFlightMax, registrations: registrationsMax });
  readonly players: Player[] = [];
  /** Every answer that was heard, by the call's number. */
  readonly heard = new Map<number, { readonly outcomes: string[]; readonly parts: number[] }>();
  readonly interrupted = new Set<number>();
  /** How many timers there are, and how many there were before anything was called. */
  timers = 0;
  timersBefore = 0;
  #id = 100_000;
  #part = 0;

  constructor() {
    this.node.node.dealer.own((name) =>
      name === ownProcedure ? ({ data }) => Promise.resolve(data ?? "null") : undefined,
    );
    const { clock } = this.node;
    const after = clock.after.bind(clock);
    clock.after = (ms, callback) => {
      this.timers += 1;
      let isPending = true;
      const end = () => {
        if (isPending) this.timers -= 1;
        isPending = false;
      };
      const stop = after(ms, () => {
        end();
        callback();
      });
      return () => {
        end();
        return stop();
      };
    };
  }

  async open(place: number): Promise<void> {
    if (this.players[place]?.isOpen === true) return;
    const name = `s${place}`;
    const [client] = await this.node.welcome(name);
    if (client !== undefined) this.players[place] = { name, isOpen: true, client, asked: new Map() };
  }

  async act(one: Action): Promise<void> {
    switch (one.do) {
      case "open":
        return this.open(one.who);
      case "settle":
        return this.settle();
      case "advance":
        this.node.clock.advance(one.ms);
        return this.model.advance(one.ms);
      case "leave":
        return this.leave(one.who);
      case "register":
        return this.#ask(
          one.who,
          { type: "register", procedure: one.procedure, invoke: one.policy },
          (player) => this.model.register(player, one.procedure, one.policy),
        );
      case "unregister":
        return this.#ask(one.who, { type: "unregister", procedure: one.procedure }, (player) =>
          this.model.unregister(player, one.procedure),
        );
      case "call":
        return this.call(one);
      case "cancel":
        return this.#cancel(one.which);
      case "yield":
      case "error":
      case "progress":
      case "late":
        return this.#answer(one.do, one.which);
    }
  }

  call(one: Extract<Action, { do: "call" }>): void {
    const player = this.players[one.who];
    if (player?.isOpen !== true) return;
    const { policy, count } = this.model.sharers(one.procedure);
    if (count > 1) seen.shared[policy] = (seen.shared[policy] ?? 0) + 1;
    const { number } = this.model.call(player, one.procedure, one.timeoutMs, one.progress);
    const { procedure: name, timeoutMs: timeout, progress } = one;
    player.client.say({ type: "call", id: number, procedure: name, data: number, timeout, progress });
  }

  async leave(place: number): Promise<void> {
    await this.settle();
    const player = this.players[place];
    if (player?.isOpen !== true) return;
    this.model.leave(player);
    player.client.cut();
    await this.settle();
  }

  /** All that was said is heard, and what came of it is looked at. */
  async settle(): Promise<void> {
    await this.node.settle();
    for (const player of this.players)
      if (player !== undefined) for (const frame of player.client.take()) this.#hear(player, frame);
    for (const [number, { outcomes }] of this.heard)
      expect(outcomes.length, `call ${number}`).toBeLessThan(2);
  }

  #ask(place: number, frame: Frame, expected: (player: Player) => string): void {
    const player = this.players[place];
    if (player?.isOpen !== true) return;
    const id = (this.#id += 1);
    const answer = expected(player);
    player.asked.set(id, answer);
    seen.answers[answer] = (seen.answers[answer] ?? 0) + 1;
    player.client.say({ ...frame, id });
  }

  #cancel(which: number): void {
    const { open } = this.model;
    const call = open[which % open.length];
    if (call === undefined) return;
    this.model.cancel(call);
    (call.caller as Player).client.say({ type: "cancel", id: call.number });
  }

  async #answer(kind: "yield" | "error" | "progress" | "late", which: number): Promise<void> {
    await this.settle();
    const invoked = this.model.calls.filter(
      ({ callee, invocation, outcome }) =>
        callee?.isOpen === true && invocation !== undefined && (outcome === undefined) === (kind !== "late"),
    );
    const call = invoked[which % invoked.length];
    if (call === undefined) return;
    const { client } = call.callee as Player;
    const id = call.invocation;
    if (kind === "late") {
      seen.late += 1;
      client.say({ type: "yield", id, progress: which % 2 === 0, data: "too late" });
    } else if (kind === "yield") {
      this.model.answer(call, "result");
      client.say({ type: "yield", id, data: call.number });
      client.say({ type: "error", id, code: "TWICE", message: "" });
    } else if (kind === "error") {
      this.model.answer(call, "OWN");
      client.say({ type: "error", id, code: "OWN", message: "in its own words", details: call.number });
      client.say({ type: "yield", id, data: "twice" });
    } else {
      const part = (this.#part += 1);
      this.model.part(call, part);
      client.say({ type: "yield", id, progress: true, data: part });
    }
  }

  #hear(player: Player, frame: Frame): void {
    const id = Number(frame["id"]);
    const type = String(frame["type"]);
    if (type === "close") return;
    if (player.asked.has(id)) {
      expect(type === "error" ? frame["code"] : type).toBe(player.asked.get(id));
      player.asked.delete(id);
    } else if (type === "invocation") this.#heardInvocation(player, frame);
    else if (type === "interrupt") this.#heardInterrupt(player, id);
    else this.#heardAnswer(player, this.#call(id), frame);
  }

  #heardInvocation(player: Player, { id, data, caller, procedure: name }: Frame): void {
    const call = this.#call(Number(data));
    expect(call.invocation).toBeUndefined();
    expect(call.candidates).toContain(player);
    expect([name, caller]).toEqual([call.procedure, { session: (call.caller as Player).client.session.id }]);
    call.callee = player;
    call.invocation = Number(id);
  }

  #heardInterrupt(player: Player, id: number): void {
    const call = this.model.calls.find(({ callee, invocation }) => callee === player && invocation === id);
    expect(call?.interrupted).toBe(true);
    expect(this.interrupted.has(call?.number ?? 0)).toBe(false);
    this.interrupted.add(call?.number ?? 0);
    seen.interrupts += 1;
  }

  #heardAnswer(player: Player, call: ModelCall, { type, data, code, progress }: Frame): void {
    expect(call.caller).toBe(player);
    const heard = this.heard.get(call.number) ?? { outcomes: [], parts: [] };
    this.heard.set(call.number, heard);
    if (progress === true) {
      expect(heard.outcomes).toEqual([]);
      heard.parts.push(Number(data));
      return;
    }
    if (type === "result") expect(data).toBe(call.number);
    heard.outcomes.push(type === "result" ? "result" : String(code));
  }

  #call(number: number): ModelCall {
    const call = this.model.calls[number - 1];
    if (call === undefined) throw new Error(`nobody made call ${number}`);
    return call;
  }
}

async function play(actions: readonly Action[]): Promise<void> {
  const game = new Play();
  for (let place = 0; place < sessionsMax - 1; place++) await game.open(place);
  // Until the engine's own timer has been counted.
  await game.act({ do: "advance", ms: 60_000 });
  game.timersBefore = game.timers;
  for (const one of actions) {
    await game.act(one);
    // Between two messages all promises are kept; the turn goes on.
    await new Promise((resolve) => void setImmediate(resolve));
  }
  // What is still under way runs into its timeout.
  await game.settle();
  await game.act({ do: "advance", ms: timeoutMsMax });
  await game.settle();
  expect(game.model.open).toEqual([]);
  for (const call of game.model.calls) compare(game, call);
  expect(game.timers).toBe(game.timersBefore);
  await nothingIsLeft(game);
  expect(game.node.faults).toEqual([]);
  seen.plays += 1;
}

/** What the caller heard is what the model says; where it has left, nothing came after that. */
function compare({ heard, interrupted }: Play, call: ModelCall): void {
  const { outcomes = [], parts = [] } = heard.get(call.number) ?? {};
  expect([call.number, ...outcomes]).toEqual(
    call.outcome === "nobody hears" ? [call.number] : [call.number, call.outcome],
  );
  expect(parts).toEqual(call.parts);
  if (call.callee?.isOpen === true && call.interrupted) expect(interrupted.has(call.number)).toBe(true);
  seen.calls += 1;
  seen.parts += parts.length;
  seen.outcomes[String(call.outcome)] = (seen.outcomes[String(call.outcome)] ?? 0) + 1;
}

/** Every session may do as much as at first; once all have left, nobody answers anything, and nobody hears of it. */
async function nothingIsLeft(game: Play): Promise<void> {
  const { players, model } = game;
  const open = players.flatMap((player, place) => (player.isOpen ? place : []));
  for (const place of open)
    for (const name of model.registrationsOf(players[place] as Player))
      await game.act({ do: "unregister", who: place, procedure: name });
  const [callee] = open;
  if (callee === undefined) return;
  await game.act({ do: "register", who: callee, procedure: "single", policy: "single" });
  for (const place of open)
    for (let count = 0; count < callsInFlightMax; count++)
      game.call({ do: "call", who: place, procedure: "single", timeoutMs: 10, progress: false });
  await game.settle();
  expect(model.open).toHaveLength(open.length * callsInFlightMax);
  for (const { invocation } of model.open) expect(invocation).toBeDefined();
  for (const place of open.toReversed()) await game.leave(place);
  expect(model.open).toEqual([]);
  expect(game.timers).toBe(game.timersBefore);
  await game.open(sessionsMax);
  for (const name of ["last", "random"])
    await game.act({ do: "register", who: sessionsMax, procedure: name, policy: "single" });
  await game.settle();
  expect(players[sessionsMax]?.asked.size).toBe(0);
}

it("[R19] each call ends exactly once, as it should, and nothing of it is left", async () => {
  await fc.assert(fc.asyncProperty(fc.array(action, { maxLength: 200, size: "max" }), play), {
    numRuns: 200,
    interruptAfterTimeLimit: 100_000,
  });
  expect(seen.plays).toBeGreaterThanOrEqual(200);
  expect(seen.calls).toBeGreaterThan(2_500);
  for (const count of [seen.interrupts, seen.parts, seen.late]) expect(count).toBeGreaterThan(100);
  for (const policy of policies.slice(1)) expect(seen.shared[policy], policy).toBeGreaterThan(20);
  const { result, OWN, canceled, timeout, unavailable, limit_exceeded, no_such_procedure } = seen.outcomes;
  for (const count of [result, OWN, canceled, timeout, no_such_procedure]) expect(count).toBeGreaterThan(100);
  for (const count of [unavailable, limit_exceeded]) expect(count).toBeGreaterThan(20);
  for (const answer of ["registered", "unregistered", "procedure_taken", "limit_exceeded", "not_found"])
    expect(seen.answers[answer], answer).toBeGreaterThan(20);
}, 180_000);
