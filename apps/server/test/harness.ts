import type { ContractCheck } from "@switchboard/protocol";
import { expect } from "vitest";
import type { Authenticator } from "../src/core/authenticator.ts";
import type { Dialect } from "../src/core/dialect.ts";
import type { Engine } from "../src/core/engine.ts";
import type { Hooks } from "../src/core/hooks.ts";
import { limitTable, type Limits } from "../src/core/limits.ts";
import { createNode } from "../src/core/node.ts";
import type { Refused } from "../src/core/refused.ts";
import type { Frame as WireFrame } from "../src/core/frame.ts";
import { Session, type Node } from "../src/core/session.ts";
import { Turn } from "../src/core/turn.ts";
import { native } from "../src/dialects/native/native.ts";
import { localEngine } from "../src/engines/local/local.ts";
import { memoryStore } from "../src/engines/local/memory-store.ts";
import { parseRetention, retentionBy } from "../src/engines/retention.ts";
import { hmacSigner } from "../src/signer.ts";
import { ManualClock } from "./manual-clock.ts";
import { MemorySocket } from "./memory-socket.ts";

/** A frame, as the tests look at it. */
export type Frame = Readonly<Record<string, unknown>>;

/** What stands for anything in a frame that is expected. */
const anything = "…";

/** What a test node is made with. */
export interface TestNodeOptions {
  readonly limits?: Partial<Limits>;
  readonly history?: string;
  /** How far the next offset is from the last; 1 unless told. */
  readonly step?: () => number;
  readonly dialect?: Dialect;
  readonly hooks?: Hooks<Session>;
  readonly contract?: ContractCheck;
  /** Knows who is who; nobody asks where there is none. */
  readonly authenticator?: Authenticator;
}

/** One client without a network: a memory socket, and the real session behind it. */
export class Client {
  readonly socket = new MemorySocket();
  readonly session: Session;
  readonly #decode: (frame: WireFrame) => unknown;
  #taken = 0;

  constructor(
    node: Node,
    dialect: Dialect,
    crmIds: readonly string[],
    decode: (frame: WireFrame) => unknown = parseText,
  ) {
    this.#decode = decode;
    this.session = new Session(node, dialect, this.socket, { address: "127.0.0.1", crmIds });
    dialect.open(this.session);
  }

  say(frame: string | Uint8Array<ArrayBuffer> | Frame): void {
    const isWire = typeof frame === "string" || frame instanceof Uint8Array;
    this.session.receive(isWire ? frame : JSON.stringify(frame));
  }

  /** The connection breaks. */
  cut(): void {
    this.socket.broken = true;
    this.session.end(1006, "");
  }

  /** The frames that came since the last look; the connection's end is a frame `close`, and the last. */
  take(): Frame[] {
    const heard = this.socket.frames.map((frame) => this.#decode(frame) as Frame);
    if (this.socket.closed !== undefined) heard.push({ type: "close", code: this.socket.closed.code });
    const fresh = heard.slice(this.#taken);
    this.#taken = heard.length;
    return fresh;
  }
}

/** A node of real parts, with a clock and turns that the test moves, and clients in memory. */
export class TestNode {
  readonly clock = new ManualClock();
  /** What was reported as a fault: nothing, unless a test provokes it. */
  readonly faults: unknown[] = [];
  /** Refusals that a dialect had no words for. */
  readonly unsaid: string[] = [];
  /** What was refused, as the log would tell it. */
  readonly refused: Refused[] = [];
  readonly engine: Engine;
  readonly node: Node;
  readonly #clients = new Map<string, Client>();
  readonly #dialect: Dialect;
  #turns: (() => void)[] = [];

  constructor({
    limits: given,
    history = "crm.*=1000/24h",
    step,
    dialect = native,
    hooks = {},
    contract,
    authenticator,
  }: TestNodeOptions = {}) {
    const { clock } = this;
    const report = (error: unknown) => this.faults.push(error);
    const turn = new Turn((end) => this.#turns.push(end), report);
    const store = memoryStore();
    const retentionOf = retentionBy(parseRetention(history));
    const defaults = Object.entries(limitTable).map(([name, limit]) => [name, limit.default]);
    const limits = { ...(Object.fromEntries(defaults) as Limits), ...given };
    const { retainedEventsMax } = limits;
    const more = step && { step };
    this.engine = localEngine({ store, retentionOf, turn, clock, report, retainedEventsMax, ...more });
    let publications = 0;
    this.#dialect = dialect;
    this.node = createNode({
      engine: this.engine,
      limits,
      clock,
      turn,
      signer: hmacSigner(store.secret),
      server: "switchboard",
      version: "0.0.0",
      heartbeatMs: 25_000,
      presenceGraceMs: 5_000,
      hooks,
      contract,
      authenticator,
      publicationId: () => `p${(publications += 1)}`,
      unsaid: (_, { code, message }) => this.unsaid.push(`${code}: ${message}`),
      refused: (refused) => this.refused.push(refused),
      report,
    });
  }

  /** A client connects, and says nothing yet; the crmIds are those of its URL. @param decode where its frames are no JSON */
  open(
    name: string,
    crmIds: readonly string[] = [],
    dialect = this.#dialect,
    decode?: (frame: WireFrame) => unknown,
  ): Client {
    const client = new Client(this.node, dialect, crmIds, decode);
    this.#clients.set(name, client);
    return client;
  }

  /** Clients connect and are welcomed; `ann:42,43` follows these crmIds. */
  async welcome(...names: readonly string[]): Promise<Client[]> {
    const clients = names.map((one) => {
      const [name = "", crmIds] = one.split(":");
      const client = this.open(name);
      client.say({ type: "hello", crmIds: crmIds?.split(",") ?? [] });
      return client;
    });
    await this.settle();
    for (const client of clients) expect(client.take()[0]).toMatchObject({ type: "welcome" });
    return clients;
  }

  client(name: string): Client {
    const client = this.#clients.get(name);
    if (client === undefined) throw new Error(`there is no client ${name}: open or welcome it first`);
    return client;
  }

  /** Ends turn after turn until nothing is left to be done. */
  async settle(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => void setImmediate(resolve));
      const turns = this.#turns;
      if (turns.length === 0) return;
      this.#turns = [];
      for (const end of turns) end();
    }
  }

  /**
   * Plays a conversation, a frame a line. `ann > ping {"id":1}` is what ann says, `ann < pong {"id":1}` what she hears next, with these
   * keys at least (a key that is null in the line and stands for nothing may be missing). `ann > text` says any text, `ann > cut` breaks
   * the connection, `ann < close 4500` is its end. What is said in lines without a blank one between is said in one turn. `@ann` in a line
   * stands for ann's session id. At the end nobody has heard anything else. `ann > [5,"topic"]` and `ann < {"event":"x"}` are frames of
   * dialects without a `type`: a list has just these elements, and "…" stands for any.
   */
  async play(conversation: string): Promise<void> {
    for (const line of conversation.split("\n").map((one) => one.trim())) {
      const [, name, way, type = "", rest = ""] = /^(\w+) ([<>]) (\w+|(?=[[{]))\s*(.*)$/.exec(line) ?? [];
      if (line === "") await this.settle();
      else if (name === undefined) throw new Error(`no line of a conversation: ${line}`);
      else if (way === ">") this.#say(this.client(name), type, rest);
      else await this.#expect(name, type, rest);
    }
    await this.settle();
    expect(this.#unheard()).toEqual({});
  }

  #say(client: Client, type: string, rest: string): void {
    if (type === "cut") client.cut();
    else if (type === "text" || type === "") client.say(this.#named(rest));
    else client.say({ type, ...(JSON.parse(this.#named(rest || "{}")) as Frame) });
  }

  readonly #waiting = new Map<string, Frame[]>();

  async #expect(name: string, type: string, rest: string): Promise<void> {
    await this.settle();
    const waiting = [...(this.#waiting.get(name) ?? []), ...this.client(name).take()];
    const next = waiting.shift();
    this.#waiting.set(name, waiting);
    const named = type === "close" ? `{"code":${rest}}` : this.#named(rest || "{}");
    const wanted = JSON.parse(named, (_, value: unknown) =>
      value === anything ? expect.anything() : value,
    ) as Frame;
    expect(next, `${name} < ${type} ${rest}`).toMatchObject(type === "" ? wanted : { type, ...wanted });
  }

  #named(text: string): string {
    return text.replaceAll(/@(\w+)/g, (_, name: string) => this.client(name).session.id);
  }

  #unheard(): Record<string, Frame[]> {
    const all = [...this.#clients].map(([name, client]) => {
      const left = [...(this.#waiting.get(name) ?? []), ...client.take()];
      this.#waiting.delete(name);
      return [name, left] as const;
    });
    return Object.fromEntries(all.filter(([, left]) => left.length > 0));
  }
}

function parseText(frame: WireFrame): unknown {
  if (typeof frame !== "string") throw new Error("a binary frame was sent where text was expected");
  return JSON.parse(frame);
}
