import type { Event } from "../../core/event.ts";
import { trimEventsMax, type Batch, type Keep, type Store, type TopicRecord } from "./store.ts";

/** How many topics are remembered, those without events included. */
const shelvesMax = 200_000;
/** How many names one slice of `topicsAfter` holds. */
const namesMax = 100;

interface Shelf {
  events: Event[];
  forgottenTo: number;
}

/** A store that keeps nothing beyond the process. */
export function memoryStore(): Store {
  const shelves = new Map<string, Shelf>();
  const lastWords = new LastWords();
  let forgottenTo = 0;
  return {
    epoch: crypto.randomUUID().slice(0, 8),
    secret: crypto.randomUUID(),
    lastOffset: 0,
    get forgottenTo() {
      return forgottenTo;
    },
    append({ events, retained }: Batch) {
      lastWords.add(retained);
      for (const event of events) {
        const shelf = shelves.get(event.topic);
        if (shelf === undefined) shelves.set(event.topic, { events: [event], forgottenTo });
        else shelf.events.push(event);
      }
    },
    topic: (name) => recordOf(shelves.get(name)),
    page(topic, after, eventsMax, bytesMax) {
      const events = shelves.get(topic)?.events ?? [];
      const start = indexAfter(events, after);
      let bytes = 0;
      let end = start;
      while (end < events.length && end - start < eventsMax && bytes < bytesMax) {
        bytes += events[end]?.data.length ?? 0;
        end += 1;
      }
      return events.slice(start, end);
    },
    horizon(topic, keep) {
      const shelf = shelves.get(topic);
      return shelf === undefined ? forgottenTo : horizonOf(shelf, keep);
    },
    retained: (topic) => lastWords.get(topic),
    count(topic, after) {
      const events = shelves.get(topic)?.events ?? [];
      return events.length - indexAfter(events, after);
    },
    trim(topic, keep) {
      const shelf = shelves.get(topic);
      if (shelf === undefined) return { forgottenTo, more: false };
      const excess = indexAfter(shelf.events, horizonOf(shelf, keep));
      const trimmed = Math.min(excess, trimEventsMax);
      shelf.forgottenTo = shelf.events[trimmed - 1]?.offset ?? shelf.forgottenTo;
      shelf.events = shelf.events.slice(trimmed);
      return { forgottenTo: shelf.forgottenTo, more: excess > trimmed };
    },
    topicsAfter(after) {
      const names = [...shelves.keys()].slice(after, after + namesMax);
      return { names, next: names.length < namesMax ? 0 : after + namesMax };
    },
    tidy(_before, retainedMax) {
      lastWords.keep(retainedMax);
      if (shelves.size <= shelvesMax) return;
      for (const [name, shelf] of shelves) {
        if (shelf.events.length > 0) continue;
        forgottenTo = Math.max(forgottenTo, shelf.forgottenTo);
        shelves.delete(name);
      }
    },
    keys: () => [],
    bytes: () => sizeOf(shelves.values()),
    check() {},
    [Symbol.dispose]() {
      shelves.clear();
    },
  };
}

function sizeOf(shelves: Iterable<Shelf>): number {
  let bytes = 0;
  for (const { events } of shelves) for (const { data } of events) bytes += data.length;
  return bytes;
}

/** The retained events, by topic; the one published longest ago first. */
class LastWords {
  readonly #events = new Map<string, Event>();

  get(topic: string): Event | undefined {
    return this.#events.get(topic);
  }

  add(events: readonly Event[]): void {
    for (const event of events) {
      this.#events.delete(event.topic);
      this.#events.set(event.topic, event);
    }
  }

  /** Keeps the newest so many. */
  keep(max: number): void {
    for (const topic of this.#events.keys()) {
      if (this.#events.size <= max) return;
      this.#events.delete(topic);
    }
  }
}

function recordOf(shelf: Shelf | undefined): TopicRecord | undefined {
  if (shelf === undefined) return undefined;
  const { events, forgottenTo } = shelf;
  return { top: events.at(-1)?.offset ?? forgottenTo, forgottenTo };
}

function horizonOf({ events, forgottenTo }: Shelf, keep: Keep): number {
  let excess = Math.max(events.length - keep.events, 0);
  while (excess < events.length && (events[excess]?.time ?? Infinity) < keep.before) excess += 1;
  return events[excess - 1]?.offset ?? forgottenTo;
}

/** The index of the first event after the offset. */
function indexAfter(events: readonly Event[], offset: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.offset ?? Infinity) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
