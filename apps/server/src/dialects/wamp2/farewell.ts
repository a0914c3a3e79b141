import { closeCodes, comesBack } from "@switchboard/protocol";
import type { Ending } from "../../core/conversation.ts";

const reasons: Readonly<Record<number, string>> = {
  [closeCodes.badFrame.code]: "wamp.error.protocol_violation",
  [closeCodes.unauthenticated.code]: "wamp.error.authentication_failed",
  [closeCodes.forbidden.code]: "wamp.error.not_authorized",
};

/**
 * The reason to give for an ending after which the client is to stay away. Undefined where it is to come back: then the connection
 * just closes, since AutobahnJS and Wampy take a GOODBYE, or an ABORT, as the end of all their tries.
 */
export function finalReason({ code }: Ending): string | undefined {
  return comesBack(code) ? undefined : (reasons[code] ?? "wamp.close.killed");
}
