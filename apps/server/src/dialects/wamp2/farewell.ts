import { closeCodes, comesBack } from "@switchboard/protocol";
import type { Ending } from "../../core/conversation.ts";
import type { Session } from "../../core/session.ts";

const killedReason = "wamp.close.killed";
const reasons: Readonly<Record<number, string>> = {
  [closeCodes.badFrame.code]: "wamp.error.protocol_violation",
  [closeCodes.unauthenticated.code]: "wamp.error.authentication_failed",
  [closeCodes.forbidden.code]: "wamp.error.not_authorized",
};

/** What is said to a client, and why. */
interface Farewell {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

const killed = new WeakMap<Session, Farewell>();

/** Ends the session, which is to stay away; where it speaks WAMP v2, it hears the reason (a URI) and the message. */
export function kill(session: Session, farewell: Farewell): void {
  killed.set(session, farewell);
  session.close(closeCodes.forbidden.code, farewell.message ?? killedReason);
}

/**
 * What to say for an ending after which the client is to stay away. Undefined where it is to come back: then the connection
 * just closes, since AutobahnJS and Wampy take a GOODBYE, or an ABORT, as the end of all their tries.
 */
export function farewellFor(
  session: Session,
  { code, reason: message }: Ending,
): { readonly reason: string; readonly details: { readonly message?: string } } | undefined {
  if (comesBack(code)) return undefined;
  const given = killed.get(session);
  if (given === undefined) return { reason: reasons[code] ?? killedReason, details: { message } };
  const details = given.message === undefined ? {} : { message: given.message };
  return { reason: given.reason ?? killedReason, details };
}
