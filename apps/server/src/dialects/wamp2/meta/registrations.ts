import * as z from "zod";
import type { CallHandler } from "../../../core/calls.ts";
import { Refusal } from "../../../core/errors.ts";
import type { Node } from "../../../core/session.ts";
import type { Registration, Watcher } from "../../../core/watchers.ts";
import { numberOf, toldId } from "../ids.ts";
import { answering, answerOf, listOf, number } from "./answering.ts";
import type { Told } from "./told.ts";

const none = z.unknown();

/** `wamp.registration.…`: what sessions of this node answer; the server's own procedures are not among it. */
export function registrationProcedures({ registrations }: Node): Readonly<Record<string, CallHandler>> {
  const find = (wanted: number): Registration => {
    for (const one of registrations) if (numberOf(one.procedure) === wanted) return one;
    throw new Refusal("wamp.error.no_such_registration", `there is no registration ${wanted} here`);
  };
  const uri = z.tuple([z.string()]).rest(z.unknown());
  const id = z.tuple([number]).rest(z.unknown());
  const lookup = answering([uri, none], ([procedure]) =>
    answerOf(registrations.get(procedure) === undefined ? null : numberOf(procedure)),
  );

  return {
    "wamp.registration.list": answering([none, none], () =>
      answerOf({
        exact: listOf([...registrations].map(({ procedure }) => numberOf(procedure))),
        prefix: [],
        wildcard: [],
      }),
    ),
    "wamp.registration.lookup": lookup,
    // There are no patterns: the best match is the procedure itself.
    "wamp.registration.match": lookup,
    "wamp.registration.get": answering([id, none], ([one]) => answerOf(detailsOf(find(one)))),
    "wamp.registration.list_callees": answering([id, none], ([one]) =>
      answerOf(listOf([...find(one).callees].map((callee) => toldId(callee.id)))),
    ),
    "wamp.registration.count_callees": answering([id, none], ([one]) => answerOf(find(one).callees.size)),
  };
}

/** `wamp.registration.on_create`, `on_register`, `on_unregister` and `on_delete`. */
export function registrationEvents(tell: Told): Watcher {
  return {
    registered(registration, { id }, isFirst) {
      if (isFirst) tell("wamp.registration.on_create", () => [toldId(id), detailsOf(registration)]);
      tell("wamp.registration.on_register", () => [toldId(id), numberOf(registration.procedure)]);
    },
    unregistered({ procedure }, { id }, isLast) {
      tell("wamp.registration.on_unregister", () => [toldId(id), numberOf(procedure)]);
      if (isLast) tell("wamp.registration.on_delete", () => [toldId(id), numberOf(procedure)]);
    },
  };
}

function detailsOf({ procedure, policy, since }: Registration) {
  const created = new Date(since).toISOString();
  return { id: numberOf(procedure), created, uri: procedure, match: "exact", invoke: policy };
}
