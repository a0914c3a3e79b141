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
  const lastWords = new Map<string, Event>();
  let forgottenTo = 0;
  return {
    epoch: crypto.randomUUID().slice(0, 8),
    secret: crypto.randomUUID(),
    lastOffset: 0,
    get forgottenTo() {
      return forgottenTo;
    },
    append({ events, retained }: Batch) {
      for (const event of retained) {
        lastWords.delete(event.topic);
        lastWords.set(event.topic, event);
      }
      for (const event of events) {
        const shelf = shelves.get(event.topic);
        if (shelf === undefined) shelves.set(event.topic, { events: [event], forgottenTo });
        else shelf.events.push(event);
      }
    },
    topic(name) {
      const shelf = shelves.get(name);
      return shelf && recordOf(shelf);
    },
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
      for (const topic of lastWords.keys()) {
        if (lastWords.size <= retainedMax) break;
        lastWords.delete(topic);
      }
      if (shelves.size <= shelvesMax) return;
      for (const [name, shelf] of shelves) {
        if (shelf.events.length > 0) continue;
        forgottenTo = Math.max(forgottenTo, shelf.forgottenTo);
        shelves.delete(name);
      }
    },
    keys: () => [],
    check() {},
    [Symbol.dispose]() {
      shelves.clear();
    },
  };
}

function recordOf({ events, forgottenTo }: Shelf): TopicRecord {
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
