import type { StoredMsg } from "@nats-io/jetstream";
import { Close } from "../../core/errors.ts";
import { isWholeAfter, type Place } from "./place.ts";

/** Events of one page, and the bytes after which a page ends. */
const pageEventsMax = 500;
const pageBytesMax = 256 * 1024;

/** What is read, and from where. */
export interface Reading {
  readonly place: Place;
  readonly after: number;
  /** Up to this offset something may be missing: the reader has been told so. */
  readonly mayMissTo: number;
  /** The topic's newest offset now; what is newer reaches the reader in another way. */
  readonly newest: () => Promise<number>;
}

/** Reads a topic on from an offset, with nothing missing beyond `mayMissTo`. */
export class Pages {
  readonly #reading: Reading;
  #after: number;
  #known: number;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.#after = reading.after;
    this.#known = reading.after;
  }

  /** The next page, oldest first; empty where there is nothing newer. @throws Close where what comes next was forgotten */
  async next(): Promise<readonly StoredMsg[]> {
    const { place, mayMissTo, newest } = this.#reading;
    if (this.#after >= this.#known) this.#known = await newest();
    if (this.#after >= this.#known) return [];
    const page = await this.#read();
    const last = page.at(-1)?.seq ?? this.#known;
    // What is still held now was held while the page was read.
    const from = Math.max(this.#after, mayMissTo);
    if (last > from && !(await isWholeAfter(place, from)))
      throw new Close("tooSlow", "the history was forgotten faster than it was read");
    this.#after = last;
    return page;
  }

  async #read(): Promise<readonly StoredMsg[]> {
    const { api, stream, subject } = this.#reading.place;
    const bound = { messages: pageEventsMax, bytes: pageBytesMax, upTo: this.#known };
    const page = await api.some(stream, subject, this.#after, bound);
    if (page.length > 0) return page;
    // The replica that answered lags behind.
    const next = await api.from(stream, subject, this.#after + 1);
    return next === null ? [] : [next];
  }
}
