import * as z from "zod";
import type { CallHandler } from "../../../core/calls.ts";
import type { EventLog } from "../../../core/engine.ts";
import { Refusal } from "../../../core/errors.ts";
import { admits, type Event, type Hearer } from "../../../core/event.ts";
import type { Node } from "../../../core/session.ts";
import type { WatchedRoom } from "../../../core/watchers.ts";
import { argumentsOf } from "../../arguments.ts";
import { detailsOf } from "../event.ts";
import { numberOf } from "../ids.ts";
import { answering, number, type Answer } from "./answering.ts";
import { roomOf } from "./subscriptions.ts";

/** How many events one answer holds, and how many of the newest are looked through for them. */
const [eventsMax, scannedMax] = [1_000, 100_000];

const time = z.iso.datetime({ offset: true, local: false }).transform((text) => Date.parse(text));
const options = z.object({
  reverse: z.boolean().nullish(),
  limit: z.int().positive().nullish(),
  topic: z.string().nullish(),
  from_time: time.nullish(),
  after_time: time.nullish(),
  before_time: time.nullish(),
  until_time: time.nullish(),
  from_publication: number.nullish(),
  after_publication: number.nullish(),
  before_publication: number.nullish(),
  until_publication: number.nullish(),
});
type Options = z.output<typeof options>;

/** `wamp.subscription.get_events`: what the topic of a subscription keeps, for whoever may subscribe to it. */
export function historyProcedures(node: Node, log: EventLog): Readonly<Record<string, CallHandler>> {
  const id = z.tuple([number]).rest(z.unknown());
  return {
    "wamp.subscription.get_events": answering([id, options], async ([wanted], given, caller) => {
      const session = caller && node.sessions.get(caller.session);
      if (session === undefined)
        throw new Refusal("forbidden", "only sessions may ask for a subscription's events");
      const room = roomOf(node, wanted);
      const topic = topicOf(node, room, given);
      session.authority.demand("subscribe", topic);
      const found = await select(log, topic, given, session);
      return answerWith(found, room, given);
    }),
  };
}

/** @throws Refusal */
function topicOf({ broker }: Node, { topic, match, room }: WatchedRoom, { topic: asked }: Options): string {
  if (match === "exact") return topic;
  if (asked != null && [...broker.roomsOf(asked)].every((one) => one.room !== room))
    throw new Refusal("invalid_argument", `topic: ${topic} does not mean it`);
  if (asked == null)
    throw new Refusal(
      "invalid_argument",
      "topic: is needed, since history belongs to topics and not to patterns",
    );
  return asked;
}

/** Those that are asked for, oldest first. */
async function select(
  log: EventLog,
  topic: string,
  given: Options,
  hearer: Hearer,
): Promise<readonly Event[]> {
  const history = await log.history(topic, { last: scannedMax });
  const all: Event[] = [];
  for (let page = await history.next(); page.length > 0; page = await history.next()) all.push(...page);
  return between(all, given).filter(
    ({ time: at, audience }) =>
      at >= (given.from_time ?? -Infinity) &&
      at > (given.after_time ?? -Infinity) &&
      at < (given.before_time ?? Infinity) &&
      at <= (given.until_time ?? Infinity) &&
      (audience === undefined || admits(audience, hearer)),
  );
}

/** What lies between the publications that are named; nothing where one of them is not there. */
function between(events: readonly Event[], given: Options): readonly Event[] {
  const {
    from_publication: from,
    after_publication: after,
    until_publication: until,
    before_publication: before,
  } = given;
  let found = events;
  const cut = (publication: number | null | undefined, take: (place: number) => readonly Event[]) => {
    if (publication == null) return;
    const place = found.findIndex((event) => numberOf(event.publication) === publication);
    found = place === -1 ? [] : take(place);
  };
  cut(from, (place) => found.slice(place));
  cut(after, (place) => found.slice(place + 1));
  cut(until, (place) => found.slice(0, place + 1));
  cut(before, (place) => found.slice(0, place));
  return found;
}

function answerWith(found: readonly Event[], { room, match }: WatchedRoom, given: Options): Answer {
  const ordered = given.reverse === true ? found.toReversed() : found;
  const limit = Math.min(given.limit ?? eventsMax, eventsMax);
  const isPattern = match !== "exact";
  const args = ordered.slice(0, limit).map((event) => {
    const { publication, time: at, data } = event;
    const head = {
      timestamp: new Date(at).toISOString(),
      subscription: room.number,
      publication: numberOf(publication),
      details: detailsOf(event, { isPattern }),
    };
    return `${JSON.stringify(head).slice(0, -1)}${payloadOf(data)}}`;
  });
  return { args, kwargs: JSON.stringify({ is_limit_reached: ordered.length > limit }) };
}

/** The data stands as it was sent. */
function payloadOf(data: string): string {
  const { args, kwargs } = argumentsOf(data);
  return `,"args":[${args.join(",")}]${kwargs === undefined ? "" : `,"kwargs":${kwargs}`}`;
}
