import type { EventListener } from "../../core/engine.ts";
import { Close } from "../../core/errors.ts";
import { Pages } from "./pages.ts";
import { newestOf, type Place } from "./place.ts";
import { decodeNews } from "./record.ts";

/** News of one topic that waits while its log is read; beyond it, the log is read further instead. */
const newsMax = 1_000;

/** An event as it is heard live: each names the one before it in its topic. */
interface News {
  readonly seq: number;
  readonly previous: number;
  readonly record: string;
}

/**
 * What this node hears of one topic: each event once, in order. Where one was lost on the way, which the next one or a heartbeat tells, it is
 * read from the log; where the log no longer has it, the listeners are told.
 */
export class Chain {
  readonly place: Place;
  listener: EventListener | undefined;
  readonly #failed: (error: unknown) => void;
  #last = Infinity;
  /** News that waits while the log is read. */
  #news: News[] | undefined = [];
  #isReading = false;
  #awaited: { readonly seq: number; readonly resolve: () => void }[] | undefined;

  /** @param failed hears why the log could not be read: then `check` is to be called again later */
  constructor(place: Place, failed: (error: unknown) => void) {
    this.place = place;
    this.#failed = failed;
  }

  /** The newest offset that was heard: everything after it will be. */
  get last(): number {
    return this.#last;
  }

  /** Everything after this offset is to be heard. */
  begin(last: number): void {
    this.#last = last;
    this.#goOn();
  }

  hear(seq: number, previous: number, record: string): void {
    if (this.#news !== undefined) {
      if (this.#news.push({ seq, previous, record }) > newsMax) this.#news.length = 0;
    } else if (seq > this.#last) {
      if (previous > this.#last) {
        this.#news = [{ seq, previous, record }];
        void this.#read();
      } else this.#deliver(seq, record);
    }
  }

  /** Something up to this offset may have been lost on the way. */
  check(seq = Infinity): void {
    if (seq <= this.#last || this.#isReading) return;
    this.#news ??= [];
    void this.#read();
  }

  /** Checks up to the newest that the log holds of the topic. Where it holds nothing, it is not read on: that nothing was forgotten could not be proven. */
  async look(): Promise<void> {
    const { api, stream, subject } = this.place;
    this.check((await api.newest(stream, subject))?.seq ?? 0);
  }

  /** The history is another one: everything after this offset is to be heard, what came before is lost. */
  restart(last: number): void {
    this.#last = last;
    this.#news = undefined;
    this.#lose();
  }

  /** Resolves when everything up to this offset has been heard, or nobody listens any longer. */
  async heard(seq: number): Promise<void> {
    if (this.#last >= seq) return;
    await new Promise<void>((resolve) => (this.#awaited ??= []).push({ seq, resolve }));
  }

  /** Nobody listens any longer. */
  end(): void {
    this.#last = Infinity;
    this.#tellAwaited();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    const { place } = this;
    try {
      const newest = () => newestOf(place);
      const pages = new Pages({ place, after: this.#last, mayMissTo: 0, newest });
      for (let page = await pages.next(); page.length > 0; page = await pages.next())
        for (const message of page)
          if (message.seq > this.#last) this.#deliver(message.seq, message.string());
      this.#isReading = false;
      this.#goOn();
    } catch (error) {
      this.#isReading = false;
      if (error instanceof Close) await this.#skip();
      else this.#failed(error);
    }
  }

  /** The log has forgotten what comes next. */
  async #skip(): Promise<void> {
    try {
      this.#last = Math.max(this.#last, await newestOf(this.place));
      this.#lose();
      this.#goOn();
    } catch (error) {
      this.#failed(error);
    }
  }

  #goOn(): void {
    const news = this.#news ?? [];
    this.#news = undefined;
    for (const { seq, previous, record } of news) this.hear(seq, previous, record);
  }

  #deliver(seq: number, record: string): void {
    this.#last = seq;
    this.listener?.hear(decodeNews(this.place.topic, seq, record));
    if (this.#awaited !== undefined) this.#tellAwaited();
  }

  #lose(): void {
    this.listener?.lost?.();
    this.#tellAwaited();
  }

  #tellAwaited(): void {
    const awaited = this.#awaited ?? [];
    const later = awaited.filter(({ seq }) => seq > this.#last);
    this.#awaited = later.length > 0 ? later : undefined;
    for (const { seq, resolve } of awaited) if (seq <= this.#last) resolve();
  }
}
