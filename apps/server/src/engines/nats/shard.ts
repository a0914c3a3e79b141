import type { Subscription } from "@nats-io/transport-node";
import type { Clock } from "../../core/clock.ts";
import type { EventListener } from "../../core/engine.ts";
import { withListener, withoutListener } from "../listeners.ts";
import type { Api } from "./api.ts";
import type { Book } from "./book.ts";
import { Chain } from "./chain.ts";
import type { Connection } from "./connection.ts";
import { Ear, type PatternListener } from "./ear.ts";
import { beatToken, topicOf } from "./layout.ts";
import { numbersOf } from "./numbers.ts";
import { newestOf } from "./place.ts";
import { Pulse } from "./pulse.ts";
import { Shared } from "./shared.ts";

/** How long to wait before another look where one failed, in ms. */
const againMs = 500;
/** Messages that are looked at one by one; where there are more, and more than topics, each topic is looked at instead. */
const scanMax = 2_000;
/** Messages that are looked at at once. */
const strideMax = 128;

/** What a shard is made of. */
export interface ShardParts {
  readonly api: Api;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly book: Book;
  readonly index: number;
  readonly patterns: ReadonlySet<PatternListener>;
}

interface Followed {
  readonly chain: Chain;
  readonly subscription: Subscription;
  readonly ready: Promise<void>;
}

/** What this node hears of one stream, while somebody listens: nothing is missed, whatever happened on the way. */
export class Shard {
  readonly stream: string;
  readonly #parts: ShardParts;
  /** The newest number in the stream: everything after it reaches whoever listened before it was asked for. */
  readonly #newest: Shared<number>;
  readonly #followed = new Map<string, Followed>();
  readonly #stuck = new Set<Chain>();
  #ear: { readonly ear: Ear; readonly subscription: Subscription; readonly ready: Promise<void> } | undefined;
  #pulse: Promise<Pulse> | undefined;
  #epoch = "";
  #isLooking = false;
  #lookAgain = false;
  #stopWaiting = () => {};

  constructor(parts: ShardParts) {
    this.#parts = parts;
    this.stream = parts.book.layout.stream(parts.index);
    this.#newest = new Shared(async () => (await parts.api.census(this.stream))?.lastSeq ?? 0);
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

  /** Something may have been lost on the way here: looks for it until that is settled. */
  readonly look = (): void => {
    this.#stopWaiting();
    this.#lookAgain = true;
    if (!this.#isLooking) void this.#lookUntilSettled();
  };

  /** Stops for good. */
  end(): void {
    this.#stopWaiting();
    void this.#pulse?.then((pulse) => pulse[Symbol.dispose]()).catch(() => {});
    this.#pulse = undefined;
  }

  #open(topic: string): Followed {
    const { book, connection } = this.#parts;
    const place = book.place(topic);
    const chain: Chain = new Chain(place, () => {
      this.#stuck.add(chain);
      this.#lookLater();
    });
    const subscription = connection.subscribe(place.live, (message) => {
      const { seq, previous } = numbersOf(message);
      chain.hear(seq, previous, message.string());
    });
    const ready = this.#begin(async () => chain.begin(await this.#newest.get()));
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
    const { api, book, index, connection, patterns } = this.#parts;
    const ear = new Ear(api, this.stream, patterns, () => this.#lookLater());
    const subscription = connection.subscribe(book.layout.live(index, ">"), (message) =>
      ear.hear(numbersOf(message).seq, message.subject, message.string()),
    );
    const ready = this.#begin(async () => ear.begin(await this.#newest.get()));
    ready.catch(() => this.closeEar());
    return { ear, subscription, ready };
  }

  /** Begins to hear, with a pulse beside it. */
  async #begin(begin: () => Promise<void>): Promise<void> {
    const pulse = (this.#pulse ??= this.#startPulse());
    pulse.catch(() => {
      if (this.#pulse === pulse) this.#pulse = undefined;
    });
    await Promise.all([begin(), pulse]);
  }

  async #startPulse(): Promise<Pulse> {
    const { book, index, connection, clock } = this.#parts;
    this.#epoch = await book.epoch();
    const since = await this.#newest.get();
    const { layout } = book;
    const [stored, live] = [layout.stored(index, beatToken), layout.live(index, beatToken)];
    return new Pulse({ connection, clock, stored, live, doubt: this.look }, since);
  }

  /** The pulse rests while nobody listens. */
  #rest(): void {
    if (this.#followed.size === 0 && this.#ear === undefined) this.end();
  }

  #lookLater(): void {
    this.#stopWaiting();
    this.#stopWaiting = this.#parts.clock.after(againMs, this.look);
  }

  async #lookUntilSettled(): Promise<void> {
    this.#isLooking = true;
    try {
      while (this.#lookAgain) {
        this.#lookAgain = false;
        await this.#lookOnce();
      }
    } catch {
      this.#lookLater();
    } finally {
      this.#isLooking = false;
    }
  }

  async #lookOnce(): Promise<void> {
    const { api, book } = this.#parts;
    if (this.#pulse === undefined) return;
    const pulse = await this.#pulse;
    const epoch = await book.reopen();
    const { lastSeq = 0 } = (await api.census(this.stream)) ?? {};
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      for (const { chain } of this.#followed.values()) chain.restart(lastSeq);
      this.#ear?.ear.restart(lastSeq);
    } else {
      await this.#compare(pulse.goodTo, lastSeq);
      this.#ear?.ear.check(lastSeq);
    }
    for (const chain of this.#stuck) chain.check();
    this.#stuck.clear();
    pulse.restart(lastSeq);
  }

  /** Has each topic read that has had something after `from`. */
  async #compare(from: number, to: number): Promise<void> {
    if (to - from > Math.max(scanMax, this.#followed.size)) {
      const all = [...this.#followed.values()];
      await Promise.all(all.map(async ({ chain }) => chain.check(await newestOf(chain.place))));
      return;
    }
    for (let seq = from + 1; seq <= to; seq += strideMax) {
      const numbers = Array.from({ length: Math.min(strideMax, to + 1 - seq) }, (_, i) => seq + i);
      for (const message of await Promise.all(numbers.map((one) => this.#parts.api.at(this.stream, one))))
        if (message !== null) this.#followed.get(topicOf(message.subject))?.chain.check(message.seq);
    }
  }
}
