import * as z from "zod";
import type { CallHandler, Caller } from "../../../core/calls.ts";
import { Refusal } from "../../../core/errors.ts";
import type { Member } from "../../../core/member.ts";
import type { Node, Session } from "../../../core/session.ts";
import type { Watcher } from "../../../core/watchers.ts";
import { kill } from "../farewell.ts";
import { toldId } from "../ids.ts";
import { isUri } from "../uri.ts";
import { authenticationOf } from "../welcome.ts";
import { answering, answerOf, listOf, sessionId } from "./answering.ts";
import type { Told } from "./told.ts";

const roles = z.tuple([z.array(z.string()).nullish()]).rest(z.unknown());
const none = z.unknown();
const farewell = z.object({ reason: z.string().optional(), message: z.string().max(1_000).optional() });
type Farewell = z.output<typeof farewell>;

/** `wamp.session.…`: the sessions of this node, whatever they speak. */
export function sessionProcedures(node: Node): Readonly<Record<string, CallHandler>> {
  const { sessions } = node;
  const joined = (filter: readonly string[] | null | undefined) =>
    [...sessions.joined].filter(
      ({ role }) => filter == null || (role !== undefined && filter.includes(role)),
    );
  const named = (id: string): Session => {
    const session = sessions.get(id);
    if (session !== undefined && sessions.joined.has(session)) return session;
    throw new Refusal("wamp.error.no_such_session", `there is no session ${id} here`);
  };
  const killAll = (which: (session: Session) => boolean, given: Farewell, caller: Caller | undefined) => {
    checkReason(given);
    const chosen = [...sessions.joined].filter((one) => one.id !== caller?.session && which(one));
    for (const one of chosen) kill(one, given);
    return chosen;
  };
  const text = z.tuple([z.string()]).rest(z.unknown());
  const id = z.tuple([sessionId]).rest(z.unknown());

  return {
    "wamp.session.count": answering([roles, none], ([filter]) => answerOf(joined(filter).length)),
    "wamp.session.list": answering([roles, none], ([filter]) =>
      answerOf(listOf(joined(filter).map((one) => toldId(one.id)))),
    ),
    "wamp.session.get": answering([id, none], ([one]) => answerOf(detailsOf(named(one), node))),
    "wamp.session.kill": answering([id, farewell], ([one], given, caller) => {
      checkReason(given);
      // A caller has no other session of its own id.
      kill(named(one === caller?.session ? "" : one), given);
      return answerOf();
    }),
    "wamp.session.kill_by_authid": answering([text, farewell], ([authid], given, caller) => {
      const killed = killAll((one) => authenticationOf(one, node).authid === authid, given, caller);
      return answerOf(killed.map((one) => toldId(one.id)));
    }),
    "wamp.session.kill_by_authrole": answering([text, farewell], ([authrole], given, caller) =>
      answerOf(killAll(({ role }) => role === authrole, given, caller).length),
    ),
    "wamp.session.kill_all": answering([none, farewell], (_, given, caller) =>
      answerOf(killAll(() => true, given, caller).length),
    ),
  };
}

/** `wamp.session.on_join` and `on_leave`. */
export function sessionEvents(node: Node, tell: Told): Watcher {
  return {
    joined: (session) => tell("wamp.session.on_join", () => [detailsOf(session, node)]),
    left: (session) =>
      tell("wamp.session.on_leave", () => {
        const { authid, authrole = null } = authenticationOf(session, node);
        return [toldId(session.id), authid, authrole];
      }),
  };
}

function detailsOf(member: Member, node: Node) {
  const address = node.sessions.get(member.id)?.opening.address;
  const transport = { type: "websocket", protocol: member.language.subprotocol, peer: address };
  return { session: toldId(member.id), ...authenticationOf(member, node), transport };
}

/** @throws Refusal */
function checkReason({ reason }: Farewell): void {
  if (reason !== undefined && !isUri(reason))
    throw new Refusal("wamp.error.invalid_uri", "reason: must be a URI");
}
