import type { Subscription } from "@nats-io/transport-node";
import type { Clock } from "../../core/clock.ts";
import type { EventListener } from "../../core/engine.ts";
import { withListener, withoutListener } from "../listeners.ts";
import type { Api } from "./api.ts";
import { Chain } from "./chain.ts";
import type { Connection } from "./connection.ts";
import { Ear, type PatternListener } from "./ear.ts";
import { topicOf } from "./layout.ts";
import { numbersOf } from "./numbers.ts";
import { Pulse } from "./pulse.ts";
import { Shared } from "./shared.ts";
import type { Stream } from "./stream.ts";

/** How long to wait before another look where one failed, in ms. */
const againMs = 500;
/** Messages that are looked at at once. */
const strideMax = 128;

/** What a shard is made of. */
export interface ShardParts {
  readonly api: Api;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly stream: Stream;
  readonly patterns: ReadonlySet<PatternListener>;
}

interface Followed {
  readonly chain: Chain;
  readonly subscription: Subscription;
  readonly ready: Promise<void>;
}

/** What this node knows of one stream, and hears of it while somebody listens: nothing is missed, whatever happened on the way. */
export class Shard {
  readonly stream: Stream;
  readonly #parts: ShardParts;
  /** How the stream stands. Resolves to its newest number: everything after it reaches whoever listened before it was asked for. */
  readonly #standing = new Shared(() => this.#stand());
  readonly #looks = new Shared(() => this.#lookOnce());
  readonly #followed = new Map<string, Followed>();
  readonly #stuck = new Set<Chain>();
  #ear: { readonly ear: Ear; readonly subscription: Subscription; readonly ready: Promise<void> } | undefined;
  #pulse: Pulse | undefined;
  #epoch = "";
  #isKnown = false;
  /** The newest number when the stream was asked last. */
  #lastSeq = 0;
  #doubts = 1;
  /** How many of the doubts are settled. */
  #settled = 0;
  #stopWaiting: (() => void) | undefined;

  constructor(parts: ShardParts) {
    this.#parts = parts;
    this.stream = parts.stream;
  }

  /** Whether its stream was looked at since the connection came up. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** The connection came up: what the stream holds may be another history, which is looked at before anything is stored in it. */
  open(): void {
    this.#isKnown = false;
    this.look();
  }

  /** Names the stream's history, as it is now. @throws Refusal `unavailable` */
  async epoch(): Promise<string> {
    if (this.#pulse?.isBegun !== true) await this.#standing.get();
    return this.knownEpoch();
  }

  /** Names the history that this node knows: where nobody here listens to it, it may be another by now. @throws Refusal `unavailable` */
  async knownEpoch(): Promise<string> {
    if (this.#settled !== this.#doubts) await this.#standing.get();
    return this.#epoch;
  }

  /** Everything of the topic after this offset will be heard here; undefined where nobody listens to it. */
  lastOf(topic: string): number | undefined {
    const last = this.#followed.get(topic)?.chain.last;
    return last === Infinity ? undefined : last;
  }

  /** See `EventLog.listen`. */
  async follow(topic: string, listener: EventListener): Promise<() => void> {
    const followed = this.#followed.get(topic) ?? this.#open(topic);
    const { chain, ready } = followed;
    chain.listener = withListener(chain.listener, listener);
    const stop = () => {
      chain.listener = withoutListener(chain.listener, listener);
      if (chain.listener === undefined && this.#followed.get(topic) === followed)
        this.#close(topic, followed);
    };
    try {
      await ready;
    } catch (error) {
      stop();
      throw error;
    }
    return stop;
  }

  /** Patterns hear all of it, from when this resolves until `closeEar`. */
  async openEar(): Promise<void> {
    this.#ear ??= this.#listenToAll();
    await this.#ear.ready;
  }

  closeEar(): void {
    this.#ear?.subscription.unsubscribe();
    this.#ear?.ear.end();
    this.#ear = undefined;
    this.#rest();
  }

  /** Resolves when all who listen here have heard the topic's event; undefined where they have. */
  heard(topic: string, seq: number): Promise<unknown> | undefined {
    const chain = this.#followed.get(topic)?.chain;
    if (this.#ear !== undefined)
      return Promise.all([this.#ear.ready.then(() => this.#ear?.ear.heard(seq)), chain?.heard(seq)]);
    return chain === undefined || chain.last >= seq ? undefined : chain.heard(seq);
  }

  /** Something may have been lost on the way here, or with the stream: looks until that is settled. */
  readonly look = (): void => {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    this.#doubts += 1;
    this.#looks.get().catch(this.lookLater);
  };

  /** Looks soon, however often it is told to; while the connection is down, it waits to be told again when it is up. */
  readonly lookLater = (): void => {
    if (this.#parts.connection.isUp) this.#stopWaiting ??= this.#parts.clock.after(againMs, this.look);
  };

  /** Stops for good. */
  end(): void {
    this.#stopWaiting?.();
    this.#stopPulse();
  }

  #open(topic: string): Followed {
    const { connection, stream } = this.#parts;
    const place = stream.place(topic);
    const chain: Chain = new Chain(place, () => {
      this.#stuck.add(chain);
      this.lookLater();
    });
    const subscription = connection.subscribe(place.live, (message) => {
      const { seq, previous } = numbersOf(message);
      chain.hear(seq, previous, message.string());
    });
    const ready = this.#begin((last) => chain.begin(last));
    const followed = { chain, subscription, ready };
    this.#followed.set(topic, followed);
    return followed;
  }

  #close(topic: string, { chain, subscription }: Followed): void {
    this.#followed.delete(topic);
    this.#stuck.delete(chain);
    subscription.unsubscribe();
    chain.end();
    this.#rest();
  }

  #listenToAll() {
    const { api, connection, patterns, stream } = this.#parts;
    const ear = new Ear(api, stream.name, patterns, this.lookLater);
    const subscription = connection.subscribe(stream.live(">"), (message) =>
      ear.hear(numbersOf(message).seq, message.subject, message.string()),
    );
    const ready = this.#begin((last) => ear.begin(last));
    ready.catch(() => this.closeEar());
    return { ear, subscription, ready };
  }

  /** Begins to hear, with a pulse beside it. */
  async #begin(begin: (last: number) => void): Promise<void> {
    const { connection, clock, stream } = this.#parts;
    this.#pulse ??= new Pulse({ connection, clock, stream, doubt: this.look });
    begin(await this.#standing.get());
  }

  /** The pulse rests while nobody listens. */
  #rest(): void {
    if (this.#followed.size === 0 && this.#ear === undefined) this.#stopPulse();
  }

  #stopPulse(): void {
    this.#pulse?.[Symbol.dispose]();
    this.#pulse = undefined;
  }

  /** Asks how the stream stands; where it is missing, it is made. */
  async #stand(): Promise<number> {
    const doubts = this.#doubts;
    const known = { epoch: this.#epoch, lastSeq: this.#pulse?.goodTo ?? this.#lastSeq };
    const { epoch, lastSeq, isRenamed } = await this.stream.lookPast(known);
    if (isRenamed) Pulse.alarm(this.#parts.connection, this.stream);
    if (epoch !== this.#epoch) this.#restart(epoch, lastSeq);
    if (this.#pulse?.isBegun === false) this.#pulse.restart(lastSeq);
    this.#lastSeq = lastSeq;
    this.#settled = doubts;
    this.#isKnown ||= doubts === this.#doubts;
    return lastSeq;
  }

  /** Looks for what was lost on the way. */
  async #lookOnce(): Promise<void> {
    const [pulse, epoch] = [this.#pulse, this.#epoch];
    const goodTo = pulse?.goodTo;
    const lastSeq = await this.#standing.get();
    if (goodTo !== undefined && epoch === this.#epoch) {
      await this.#compare(goodTo, lastSeq);
      this.#ear?.ear.check(lastSeq);
    }
    for (const chain of this.#stuck) chain.check();
    this.#stuck.clear();
    pulse?.restart(lastSeq);
  }

  /** Another history begins; whoever heard the one before is told. */
  #restart(epoch: string, lastSeq: number): void {
    this.#epoch = epoch;
    for (const { chain } of this.#followed.values()) if (chain.last !== Infinity) chain.restart(lastSeq);
    if (this.#ear?.ear.isBegun) this.#ear.ear.restart(lastSeq);
    this.#pulse?.restart(lastSeq);
  }

  /** Has each topic read that has had something after `from`: whichever are fewer, the messages or the topics, are looked at one by one. */
  async #compare(from: number, to: number): Promise<void> {
    const { api } = this.#parts;
    if (to - from > this.#followed.size) {
      await Promise.all([...this.#followed.values()].map(({ chain }) => chain.look()));
      return;
    }
    for (let seq = from + 1; seq <= to; seq += strideMax) {
      const numbers = Array.from({ length: Math.min(strideMax, to + 1 - seq) }, (_, i) => seq + i);
      for (const message of await Promise.all(numbers.map((one) => api.at(this.stream.name, one))))
        if (message !== null) this.#followed.get(topicOf(message.subject))?.chain.check(message.seq);
    }
  }
}
