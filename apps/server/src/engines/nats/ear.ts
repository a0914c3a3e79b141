import type { EventListener } from "../../core/engine.ts";
import type { Api } from "./api.ts";
import { beatToken, topicOf } from "./layout.ts";
import { decodeNews } from "./record.ts";

/** Messages that wait while lost ones are read; beyond it, they are read too. */
const newsMax = 10_000;
/** Lost messages that are read again; where there are more, the listeners are told instead. */
const repairMax = 20_000;
/** Messages that are read at once: a few to begin with, and more while they are no larger than that, in bytes. */
const strideMin = 8;
const strideMax = 128;
const strideBytes = 256 * 1024;

/** Whoever listens to all topics that match. */
export interface PatternListener {
  readonly matches: (topic: string) => boolean;
  readonly listener: EventListener;
}

interface News {
  readonly seq: number;
  readonly subject: string;
  readonly record: string;
}

/** What patterns hear of one stream: it hears every message, so that their numbers have no holes, and what is lost on the way is seen at once. */
export class Ear {
  readonly #api: Api;
  readonly #stream: string;
  readonly #listeners: ReadonlySet<PatternListener>;
  readonly #failed: (error: unknown) => void;
  #last = -1;
  #news: News[] | undefined = [];
  #isReading = false;
  #awaited: { readonly seq: number; readonly resolve: () => void }[] = [];

  /** @param failed hears why lost messages could not be read: then `check` is to be called again later */
  constructor(
    api: Api,
    stream: string,
    listeners: ReadonlySet<PatternListener>,
    failed: (error: unknown) => void,
  ) {
    this.#api = api;
    this.#stream = stream;
    this.#listeners = listeners;
    this.#failed = failed;
  }

  get isBegun(): boolean {
    return this.#last >= 0;
  }

  /** Everything after this number is to be heard. */
  begin(last: number): void {
    this.#last = last;
    this.#goOn();
  }

  hear(seq: number, subject: string, record: string): void {
    if (this.#news !== undefined) {
      if (this.#news.push({ seq, subject, record }) > newsMax) this.#news.length = 0;
    } else if (seq === this.#last + 1) this.#deliver(seq, subject, record);
    else if (seq > this.#last) {
      this.#news = [{ seq, subject, record }];
      void this.#read(seq - 1);
    }
  }

  /** Everything up to this number should have been heard. */
  check(seq: number): void {
    if (seq <= this.#last || this.#isReading) return;
    this.#news ??= [];
    void this.#read(seq);
  }

  /** The history is another one: everything after this number is to be heard, what came before is lost. */
  restart(last: number): void {
    this.#news = undefined;
    this.#skipTo(last);
  }

  /** Resolves when everything up to this number has been heard. */
  async heard(seq: number): Promise<void> {
    if (this.#last < seq) await new Promise<void>((resolve) => this.#awaited.push({ seq, resolve }));
  }

  /** Nobody listens any longer. */
  end(): void {
    this.#last = Infinity;
    this.#tellAwaited();
  }

  async #read(to: number): Promise<void> {
    this.#isReading = true;
    try {
      if (to - this.#last > repairMax) this.#skipTo(to);
      let stride = strideMin;
      while (this.#last < to) {
        const bytes = await this.#readSome(Math.min(to, this.#last + stride));
        stride = bytes > strideBytes ? Math.max(1, stride >> 1) : Math.min(stride * 2, strideMax);
      }
      this.#isReading = false;
      this.#goOn();
    } catch (error) {
      this.#isReading = false;
      this.#failed(error);
    }
  }

  /** @returns how large they were, in bytes */
  async #readSome(to: number): Promise<number> {
    const numbers = Array.from({ length: to - this.#last }, (_, i) => this.#last + 1 + i);
    const messages = await Promise.all(numbers.map((seq) => this.#api.at(this.#stream, seq)));
    if (this.#last >= to) return 0;
    for (const message of messages)
      if (message !== null) this.#deliver(message.seq, message.subject, message.string());
    if (messages.includes(null)) this.#skipTo(to);
    this.#last = to;
    return messages.reduce((bytes, message) => bytes + (message?.data.length ?? 0), 0);
  }

  #goOn(): void {
    const news = this.#news ?? [];
    this.#news = undefined;
    for (const { seq, subject, record } of news) this.hear(seq, subject, record);
  }

  #deliver(seq: number, subject: string, record: string): void {
    this.#last = seq;
    if (!subject.endsWith(`.${beatToken}`)) {
      const topic = topicOf(subject);
      const hearers = [...this.#listeners].filter(({ matches }) => matches(topic));
      if (hearers.length > 0) {
        const event = decodeNews(topic, seq, record);
        for (const { listener } of hearers) listener.hear(event);
      }
    }
    if (this.#awaited.length > 0) this.#tellAwaited();
  }

  /** Something up to this number is lost for good. */
  #skipTo(seq: number): void {
    this.#last = seq;
    for (const { listener } of this.#listeners) listener.lost?.();
    this.#tellAwaited();
  }

  #tellAwaited(): void {
    const awaited = this.#awaited;
    this.#awaited = awaited.filter(({ seq }) => seq > this.#last);
    for (const { seq, resolve } of awaited) if (seq <= this.#last) resolve();
  }
}
