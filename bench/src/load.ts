import { type Connection, openAll } from "./connection.ts";
import { textFrame } from "./frames.ts";
import { cpuSecondsOf } from "./process-figures.ts";
import { crmIdOf, type Scenario } from "./scenarios.ts";

/** What one measurement found. */
export interface Reading {
  readonly delivered: number;
  readonly wallSeconds: number;
  readonly serverCpuSeconds: number;
  readonly generatorCpuSeconds: number;
  /** Deliveries that did not come, and that came though nobody asked for them, subscriber by subscriber. */
  readonly missing: number;
  readonly extra: number;
  /** Publishes that the server refused. */
  readonly refused: number;
}

/** How long the window fills before a measurement begins, in ms. */
const rampMs = 200;
/** After so many ms without a delivery, what is still under way counts as missing. */
const drainMs = 1_000;
const payloadBytes = 128;

/** Drives a server in a closed loop: as soon as publishes are delivered to all, the next ones leave. */
export class Load {
  readonly #scenario: Scenario;
  readonly #serverPid: number;
  readonly #frames: readonly Uint8Array[];
  readonly #sent: Uint32Array;
  readonly #received: Uint32Array;
  readonly #perPublish: number;
  #publishers: readonly Connection[] = [];
  #nextPublisher = 0;
  #publishedTotal = 0;
  #receivedTotal = 0;
  #refused = 0;
  #isSending = false;
  #isPumpDue = false;

  private constructor(scenario: Scenario, serverPid: number) {
    const { subscribers, topics } = scenario;
    this.#scenario = scenario;
    this.#serverPid = serverPid;
    this.#frames = Array.from({ length: topics }, (_, topic) => textFrame(publishText(topic)));
    this.#sent = new Uint32Array(topics);
    this.#received = new Uint32Array(subscribers);
    this.#perPublish = subscribers / topics;
  }

  /** Connects subscribers and publishers; resolves when all are welcomed. */
  static async connect(scenario: Scenario, url: URL, serverPid: number): Promise<Load> {
    const load = new Load(scenario, serverPid);
    const { subscribers, topics, publishers } = scenario;
    await openAll(subscribers, (index) => {
      return { url, crmIds: [crmIdOf(index % topics)], onText: () => load.#receive(index) };
    });
    const onText = () => void (load.#refused += 1);
    load.#publishers = await openAll(publishers, () => ({ url, crmIds: [], onText }));
    return load;
  }

  async measure(seconds: number): Promise<Reading> {
    this.#sent.fill(0);
    this.#received.fill(0);
    this.#publishedTotal = this.#receivedTotal = this.#refused = 0;
    this.#isSending = true;
    this.#pump();
    await Bun.sleep(rampMs);
    const before = this.#take();
    await Bun.sleep(seconds * 1_000);
    const after = this.#take();
    this.#isSending = false;
    await this.#drain();
    return {
      delivered: after.received - before.received,
      wallSeconds: (after.at - before.at) / 1_000,
      serverCpuSeconds: after.serverCpu - before.serverCpu,
      generatorCpuSeconds: after.ownCpu - before.ownCpu,
      ...this.#balance(),
      refused: this.#refused,
    };
  }

  #receive(subscriber: number): void {
    this.#received[subscriber] = (this.#received[subscriber] ?? 0) + 1;
    this.#receivedTotal += 1;
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    setImmediate(this.#pump);
  }

  readonly #pump = (): void => {
    this.#isPumpDue = false;
    const { window, chunk } = this.#scenario;
    const deliveredToAll = Math.floor(this.#receivedTotal / this.#perPublish);
    let room = window - (this.#publishedTotal - deliveredToAll);
    for (; this.#isSending && room >= chunk; room -= chunk) this.#publish(chunk);
  };

  #publish(count: number): void {
    const frames: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const topic = Math.floor(Math.random() * this.#sent.length);
      this.#sent[topic] = (this.#sent[topic] ?? 0) + 1;
      frames.push(this.#frames[topic] as Uint8Array);
    }
    this.#publishedTotal += count;
    this.#publishers[this.#nextPublisher]?.send(Buffer.concat(frames));
    this.#nextPublisher = (this.#nextPublisher + 1) % this.#publishers.length;
  }

  async #drain(): Promise<void> {
    const expected = this.#publishedTotal * this.#perPublish;
    for (let before = -1, waited = 0; this.#receivedTotal < expected && waited < drainMs; waited += 50) {
      if (this.#receivedTotal !== before) waited = 0;
      before = this.#receivedTotal;
      await Bun.sleep(50);
    }
  }

  #balance(): Pick<Reading, "missing" | "extra"> {
    const differences = [...this.#received].map(
      (received, subscriber) => received - (this.#sent[subscriber % this.#sent.length] ?? 0),
    );
    const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
    return {
      missing: -sum(differences.filter((difference) => difference < 0)),
      extra: sum(differences.filter((difference) => difference > 0)),
    };
  }

  #take() {
    return {
      at: performance.now(),
      received: this.#receivedTotal,
      serverCpu: cpuSecondsOf(this.#serverPid),
      ownCpu: cpuSecondsOf(process.pid),
    };
  }
}

function publishText(topic: number): string {
  const padding = "x".repeat(payloadBytes - '{"text":""}'.length);
  return JSON.stringify({ type: "publish", topic: `crm.${crmIdOf(topic)}`, data: { text: padding } });
}
