import type { Clock } from "../../core/clock.ts";
import type { Peers, PeerWatcher } from "../../core/peers.ts";
import { opened, type Envelope } from "./envelope.ts";
import { Link } from "./link.ts";
import { Post } from "./post.ts";
import { Questions } from "./questions.ts";
import { signs, type Sign } from "./sign.ts";
import type { Wire, WireEnd } from "./wire.ts";

/** How often a node tells the others that it lives, in ms. */
const heartbeatMs = 500;
/** How long the others may take to make themselves known to a node that has come back: each was heard at least once, in ms. */
const settleMs = 600;
/** After how long a silent node is lost, in ms. */
const leaseMs = 1_600;
/** How often the leases are looked at, in ms. */
const lookMs = 100;
/** How often a node says between two looks that it lives, where others have lost it, or begin to know it. */
const answersMax = 3;
/** A look that comes so much too late is put down to this node's own load: what others sent may wait to be read, in ms. */
const stallMs = 200;

/** How long the texts that were sent to a lost node are counted on, in ms. */
const forgetMs = 600_000;

interface Heard {
  readonly channel: string;
  readonly told: unknown;
  readonly from: string;
}

/** How much of what nobody hears waits to be heard; more is forgotten. */
const earlyMax = 1_000;

/** What a cluster is made of. */
export interface ClusterParts {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
}

/**
 * The other nodes, over a wire that may lose things. Every text is numbered, and each heartbeat says how many there were: where one is
 * missing, both ends know within a heartbeat, are lost to each other, and found again. So what stands on this need not mind single losses.
 */
export class Cluster implements Peers, WireEnd, Disposable {
  readonly self = crypto.randomUUID().replaceAll("-", "");
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  readonly #post: Post;
  readonly #questions: Questions;
  readonly #links = new Map<string, Link>();
  readonly #others = new Set<string>();
  readonly #listeners = new Map<string, (told: never, from: string) => void>();
  readonly #watchers: PeerWatcher[] = [];
  /** What came while this node was starting, and nobody heard it yet. */
  #early: Heard[] = [];
  #isUp = false;
  #settled = Promise.resolve();
  #beatAt = 0;
  /** How many more answers there may be before the next look; below 0, one is due then. */
  #answersLeft = answersMax;
  #lookAt = 0;
  #stopLooking: () => void = () => {};

  constructor({ wire, clock, report }: ClusterParts) {
    this.#clock = clock;
    this.#report = report;
    this.#post = new Post(this.self, wire);
    this.#questions = new Questions(this, clock, report);
    wire.open(this.self, this);
  }

  get others(): ReadonlySet<string> {
    return this.#others;
  }

  get connected(): boolean {
    return this.#isUp;
  }

  get settled(): Promise<void> {
    return this.#settled;
  }

  tell(channel: string, told: unknown, only?: string): void {
    if (!this.#isUp) return;
    for (const [node, link] of this.#links) if ((only ?? node) === node) link.wasTold = true;
    this.#send(channel, told, only);
  }

  hear(channel: string, listener: (told: never, from: string) => void): void {
    this.#listeners.set(channel, listener);
    const early = this.#early;
    this.#early = [];
    for (const one of early) this.#hear(one);
  }

  async ask(
    question: string,
    asked: unknown,
    hear: (answer: never, from: string) => void,
    only?: string,
  ): Promise<boolean> {
    if (only === undefined) await this.#settled;
    return this.#questions.ask(question, asked, hear, only);
  }

  answer(question: string, answer: (asked: never, from: string) => unknown): void {
    this.#questions.answer(question, answer);
  }

  watch(watcher: PeerWatcher): void {
    this.#watchers.push(watcher);
    for (const node of this.#others) watcher.found?.(node);
  }

  up(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    this.#settled = new Promise((resolve) => this.#clock.after(settleMs, resolve));
    // The others may not have noticed that something between us was lost.
    this.#say("anew");
    this.#beat();
    this.#lookAt = this.#clock.now();
    this.#stopLooking = this.#clock.after(lookMs, this.#look);
  }

  down(): void {
    this.#isUp = false;
    this.#stopLooking();
    for (const node of this.#links.keys()) this.#lose(node);
  }

  /** Takes leave of the others. */
  [Symbol.dispose](): void {
    this.#say("bye");
    this.down();
  }

  read(text: string): void {
    const envelope = opened(text);
    if (envelope === undefined || envelope.from === this.self || !this.#isUp) return;
    const { from } = envelope;
    const link = this.#links.get(from);
    if (link === undefined) return this.#greet(envelope);
    link.heardAt = this.#clock.now();
    const follows = link.follows(envelope);
    const message = follows ? link.whole(envelope) : envelope.part;
    if (message === undefined) return;
    const [channel, told] = read(message) ?? [];
    if (channel === signs) return this.#signed(from, link, told as Sign, follows);
    if (!follows) return this.#beginAnew(from);
    this.#hear({ channel: channel ?? "", told, from });
  }

  #hear(heard: Heard): void {
    const { channel, told, from } = heard;
    const listener = this.#listeners.get(channel);
    if (listener === undefined && this.#early.length < earlyMax) this.#early.push(heard);
    try {
      listener?.(told as never, from);
    } catch (error) {
      this.#report(error);
    }
  }

  /** A node that is not known is found with its first heartbeat. */
  #greet({ from, isForAll, number, part }: Envelope): void {
    const [channel, told] = read(part) ?? [];
    const { sign, sent, told: hearers } = (told ?? {}) as Partial<Sign>;
    if (channel !== signs || sign !== "here" || !isForAll || sent === undefined) return;
    // What it has told this node was not heard here.
    if (hearers?.includes(this.self) === true) return this.#say("anew", from);
    this.#links.set(from, new Link(this.#clock.now(), number, sent[this.self] ?? 0));
    this.#others.add(from);
    // It may not know this node yet.
    this.#answer();
    for (const watcher of this.#watchers) watcher.found?.(from);
  }

  #signed(from: string, link: Link, { sign, sent }: Sign, follows: boolean): void {
    if (sign !== "here") {
      this.#lose(from);
      if (sign === "anew") this.#answer();
    } else if (!follows || !link.hasAll(sent[this.self] ?? 0)) this.#beginAnew(from);
  }

  /** Something that the node sent was lost. */
  #beginAnew(node: string): void {
    this.#lose(node);
    this.#say("anew", node);
    this.#answer();
  }

  #lose(node: string): void {
    this.#links.delete(node);
    this.#others.delete(node);
    // Counted on, in case it comes back; but not for ever.
    this.#clock.after(forgetMs, () => this.#others.has(node) || this.#post.forget(node));
    this.#questions.lost(node);
    for (const watcher of this.#watchers) watcher.lost?.(node);
  }

  /** Tells another that this node lives. Where many texts are lost, each answer is the cause of others: few are given at once. */
  #answer(): void {
    this.#answersLeft -= 1;
    if (this.#answersLeft >= 0) this.#beat();
  }

  #beat(): void {
    this.#beatAt = this.#clock.now();
    this.#say("here");
  }

  #say(sign: Sign["sign"], only?: string): void {
    const told = [...this.#links].flatMap(([node, { wasTold }]) => (wasTold ? node : []));
    this.#send(signs, { sign, sent: this.#post.sent, told } satisfies Sign, only);
  }

  #send(channel: string, told: unknown, only: string | undefined): void {
    if (this.#isUp) this.#post.send(JSON.stringify([channel, told]), only);
  }

  readonly #look = (): void => {
    const now = this.#clock.now();
    const lateMs = now - this.#lookAt - lookMs;
    this.#lookAt = now;
    this.#stopLooking = this.#clock.after(lookMs, this.#look);
    // The clock may have been set back: nothing was said, or heard, later than now.
    this.#beatAt = Math.min(this.#beatAt, now);
    if (this.#answersLeft < 0 || now - this.#beatAt >= heartbeatMs) this.#beat();
    this.#answersLeft = answersMax;
    for (const [node, link] of this.#links) {
      if (lateMs > stallMs) link.heardAt += lateMs;
      link.heardAt = Math.min(link.heardAt, now);
      if (now - link.heardAt > leaseMs) this.#beginAnew(node);
    }
  };
}

function read(message: string): readonly [channel: string, told: unknown] | undefined {
  try {
    return JSON.parse(message) as readonly [string, unknown];
  } catch {
    return undefined;
  }
}
