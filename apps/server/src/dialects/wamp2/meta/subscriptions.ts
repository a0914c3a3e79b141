import type { Match } from "@switchboard/protocol";
import * as z from "zod";
import type { CallHandler } from "../../../core/calls.ts";
import { Refusal } from "../../../core/errors.ts";
import type { Node } from "../../../core/session.ts";
import { keyOf } from "../../../core/subscription.ts";
import type { WatchedRoom, Watcher } from "../../../core/watchers.ts";
import { toldId } from "../ids.ts";
import { subscriptionOf, uriOf } from "../uri.ts";
import { answering, answerOf, listOf, number } from "./answering.ts";
import type { Told } from "./told.ts";

const none = z.unknown();
const match = z.enum(["exact", "prefix", "wildcard"]);

/** `wamp.subscription.…`: what sessions of this node subscribe to. */
export function subscriptionProcedures(node: Node): Readonly<Record<string, CallHandler>> {
  const numbers = (which: Match) =>
    listOf(roomsOf(node).flatMap((one) => (one.match === which ? one.room.number : [])));
  const topic = z.tuple([z.string()]).rest(z.unknown());
  const lookup = z
    .tuple([z.string(), z.object({ match: match.default("exact") }).nullish()])
    .rest(z.unknown());
  const id = z.tuple([number]).rest(z.unknown());

  return {
    "wamp.subscription.list": answering([none, none], () =>
      answerOf({ exact: numbers("exact"), prefix: numbers("prefix"), wildcard: numbers("wildcard") }),
    ),
    "wamp.subscription.lookup": answering([lookup, none], ([uri, options]) => {
      const key = keyOf(subscriptionOf(uri, options?.match ?? "exact"));
      return answerOf(roomsOf(node).find((one) => keyOf(one) === key)?.room.number ?? null);
    }),
    "wamp.subscription.match": answering([topic, none], ([uri]) => {
      const found = [...node.broker.roomsOf(uri)].filter(({ alias }) => alias === undefined);
      return answerOf(found.length === 0 ? null : found.map(({ room }) => room.number));
    }),
    "wamp.subscription.get": answering([id, none], ([one]) => answerOf(detailsOf(roomOf(node, one)))),
    "wamp.subscription.list_subscribers": answering([id, none], ([one]) =>
      answerOf(listOf([...roomOf(node, one).room].map((member) => toldId(member.id)))),
    ),
    "wamp.subscription.count_subscribers": answering([id, none], ([one]) =>
      answerOf(roomOf(node, one).room.size),
    ),
  };
}

/** `wamp.subscription.on_create`, `on_subscribe`, `on_unsubscribe` and `on_delete`. */
export function subscriptionEvents(tell: Told): Watcher {
  return {
    entered(room, { id }, isFirst) {
      if (room.alias !== undefined) return;
      if (isFirst) tell("wamp.subscription.on_create", () => [toldId(id), detailsOf(room)]);
      tell("wamp.subscription.on_subscribe", () => [toldId(id), room.room.number]);
    },
    exited(room, { id }, isLast) {
      if (room.alias !== undefined) return;
      tell("wamp.subscription.on_unsubscribe", () => [toldId(id), room.room.number]);
      if (isLast) tell("wamp.subscription.on_delete", () => [toldId(id), room.room.number]);
    },
  };
}

/** The room of the number. @throws Refusal `not_subscribed`, which is no_such_subscription */
export function roomOf(node: Node, wanted: number): WatchedRoom {
  const found = roomsOf(node).find(({ room }) => room.number === wanted);
  if (found === undefined) throw new Refusal("not_subscribed", `there is no subscription ${wanted} here`);
  return found;
}

/** Rooms under another name are those of other languages. */
function roomsOf({ broker }: Node): WatchedRoom[] {
  return [...broker.rooms()].filter(({ alias }) => alias === undefined);
}

function detailsOf({ topic, match: how, since, room }: WatchedRoom) {
  const uri = uriOf({ topic, match: how });
  return { id: room.number, created: new Date(since).toISOString(), uri, match: how };
}
