import type { Event } from "../../core/event.ts";
import { trimEventsMax, type Batch, type Keep, type Store, type TopicRecord } from "./store.ts";

interface Shelf {
  events: Event[];
  forgottenTo: number;
}

/** A store that keeps nothing beyond the process. */
export function memoryStore(): Store {
  const shelves = new Map<string, Shelf>();
  return {
    epoch: crypto.randomUUID().slice(0, 8),
    secret: crypto.randomUUID(),
    lastOffset: 0,
    append({ events }: Batch) {
      for (const event of events) {
        const shelf = shelves.get(event.topic);
        if (shelf === undefined) shelves.set(event.topic, { events: [event], forgottenTo: 0 });
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
      return shelf === undefined ? 0 : horizonOf(shelf, keep);
    },
    count(topic, after) {
      const events = shelves.get(topic)?.events ?? [];
      return events.length - indexAfter(events, after);
    },
    trim(topic, keep) {
      const shelf = shelves.get(topic);
      if (shelf === undefined) return { top: 0, forgottenTo: 0, length: 0 };
      const excess = Math.min(indexAfter(shelf.events, horizonOf(shelf, keep)), trimEventsMax);
      shelf.forgottenTo = shelf.events[excess - 1]?.offset ?? shelf.forgottenTo;
      shelf.events = shelf.events.slice(excess);
      const record = recordOf(shelf);
      if (record.length === 0) shelves.delete(topic);
      return record;
    },
    keys: () => [],
    check() {},
    [Symbol.dispose]() {
      shelves.clear();
    },
  };
}

function recordOf({ events, forgottenTo }: Shelf): TopicRecord {
  return { top: events.at(-1)?.offset ?? forgottenTo, forgottenTo, length: events.length };
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
