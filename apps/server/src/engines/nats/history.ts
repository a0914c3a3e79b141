import type { StoredMsg } from "@nats-io/jetstream";
import type { Position } from "@switchboard/protocol";
import type { History, HistoryQuery } from "../../core/engine.ts";
import type { Event } from "../../core/event.ts";
import type { Retention } from "../retention.ts";
import { slackEvents } from "./layout.ts";
import { Pages } from "./pages.ts";
import { isWholeAfter, type Place } from "./place.ts";
import { decodeRecord } from "./record.ts";

/** Messages that one step over what is not asked for reads at most. */
const stepMax = 500;

/** Whose history is read, and how it stands. */
export interface Subject {
  readonly place: Place;
  readonly retention: Retention | undefined;
  readonly position: Position;
  readonly now: number;
  readonly newest: () => Promise<number>;
}

/** The stretch that the query asks for; see `History`. */
export async function readHistory(subject: Subject, query: HistoryQuery): Promise<History> {
  const { place, position, newest } = subject;
  const since = "since" in query && query.since.epoch === position.epoch ? query.since.offset : undefined;
  const isWhole = since !== undefined && (await isWholeAfter(place, since));
  const complete = since === undefined ? "last" in query : isWhole && (await isKept(subject, since));
  const known = complete ? since : undefined;
  const { retention } = subject;
  if (retention === undefined)
    return { complete, position: notBefore(position, known), next: async () => [] };
  const most = Math.min(retention.events, "last" in query ? query.last : Infinity);
  // The topic may have gone on since its position was read: what is forgotten by now is part of the gap that is told.
  const begin = known ?? (await beforeNewest(place, most));
  const after = known ?? Math.max(since ?? 0, begin);
  const told = notBefore(position, begin);
  const mayMissTo = known === undefined ? told.offset : 0;
  const pages = new Pages({ place, after, mayMissTo, newest });
  const next = freshFrom(subject.now - retention.ageMs, () => pages.next(), place.topic);
  return { complete, position: told, next };
}

/** A node may have told a position that is newer than the topic's newest event: nobody is sent back behind it. */
function notBefore({ epoch, offset }: Position, since = 0): Position {
  return { epoch, offset: Math.max(offset, since) };
}

/** What the topic retains: no more than is promised, none too old. */
export async function retainedLength({ place, retention, now }: Subject): Promise<number> {
  if (retention === undefined) return 0;
  const { api, stream, subject } = place;
  let after = await beforeNewest(place, retention.events);
  let length = Math.min((await api.census(stream, subject))?.count ?? 0, retention.events);
  for (let next = await api.from(stream, subject, after + 1); length > 0 && next !== null; length -= 1) {
    if (eventOf(place.topic, next).time >= now - retention.ageMs) break;
    after = next.seq;
    next = await api.from(stream, subject, after + 1);
  }
  return length;
}

/** Whether all that came after the offset, and is held, still counts: a topic may promise less than is held. */
async function isKept({ place, position, retention, now }: Subject, since: number): Promise<boolean> {
  if (since === position.offset) return true;
  const { api, stream, subject } = place;
  const { events, ageMs } = retention ?? { events: 0, ageMs: 0 };
  let next = await api.from(stream, subject, since + 1);
  if (next === null) return true;
  if (retention === undefined || eventOf(place.topic, next).time < now - ageMs) return false;
  if (events >= slackEvents) return true;
  for (let count = 1; next !== null && count <= events; count++)
    next = await api.from(stream, subject, next.seq + 1);
  return next === null;
}

/** The offset after which the topic's newest so many events begin. */
async function beforeNewest({ api, stream, subject }: Place, most: number): Promise<number> {
  const census = await api.census(stream, subject);
  let after = 0;
  for (let over = (census?.count ?? 0) - most; over > 0;) {
    const bound = { messages: Math.min(over, stepMax), bytes: Infinity, upTo: Infinity };
    const step = await api.some(stream, subject, after, bound);
    if (step.length === 0) break;
    after = step.at(-1)?.seq ?? after;
    over -= step.length;
  }
  return after;
}

/** The events of the pages, without those at the beginning that are too old. */
function freshFrom(horizon: number, next: () => Promise<readonly StoredMsg[]>, topic: string) {
  let isFresh = false;
  return async (): Promise<readonly Event[]> => {
    for (;;) {
      const page = await next();
      const events = page.map((message) => eventOf(topic, message));
      const first = isFresh ? 0 : events.findIndex(({ time }) => time >= horizon);
      if (page.length === 0 || first !== -1) {
        isFresh ||= page.length > 0;
        return events.slice(first);
      }
    }
  };
}

function eventOf(topic: string, message: StoredMsg): Event {
  return decodeRecord(topic, message.seq, message.string());
}
