import type { Position } from "@switchboard/protocol";
import type { History, HistoryQuery } from "../../core/engine.ts";
import { Close } from "../../core/errors.ts";
import type { Store } from "./store.ts";
import type { Topic, Topics } from "./topics.ts";

/** Events of one page, and the bytes of data after which a page ends. */
const pageEventsMax = 500;
const pageBytesMax = 256 * 1024;

/** Whether the store holds none of the topic's events. */
export function isEmpty({ top, forgottenTo }: Topic): boolean {
  return top <= forgottenTo;
}

/**
 * The stretch that the query asks for. It is complete only where everything after `since` is held, and `since` is a place where this
 * history has been. What is forgotten while it is read may be missing only where the reader is told so, which is up to `position` in a
 * stretch that is not complete: anywhere else `next` throws a Close, and the reader comes back to hear the truth.
 */
export function readHistory(
  store: Store,
  topics: Topics,
  topic: Topic,
  position: Position,
  query: HistoryQuery,
): History {
  const horizon = topics.horizon(topic, "last" in query ? query.last : undefined);
  const since = "since" in query && query.since.epoch === position.epoch ? query.since.offset : undefined;
  const complete = since === undefined ? "last" in query : since >= horizon && since <= position.offset;
  const mayMissTo = complete && since !== undefined ? 0 : position.offset;
  let after = Math.max(since ?? horizon, horizon);
  return {
    complete,
    position,
    next: async () => {
      if (topic.retention === undefined) return [];
      if (Math.max(after, mayMissTo) < topic.forgottenTo)
        throw new Close("tooSlow", "the history was forgotten faster than it was read");
      const page = store.page(topic.name, after, pageEventsMax, pageBytesMax);
      after = page.at(-1)?.offset ?? after;
      return page;
    },
  };
}
