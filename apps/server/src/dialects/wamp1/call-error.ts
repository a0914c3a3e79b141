import type { Refusal } from "../../core/errors.ts";

/** What an error's URI begins with, where its code is none. */
const errorBase = "http://api.wamp.ws/error#";

/**
 * A CALLERROR. Its URI is the code of the error table after `errorBase`; a callee's own code that is a URI stands as it is.
 * @param id the call's id as JSON text
 */
export function callError(id: string, { code, message, details, retryAfterMs }: Refusal): string {
  const uri = /[.:/]/.test(code) ? code : errorBase + code;
  const more = details ?? (retryAfterMs === undefined ? undefined : { retryAfter: retryAfterMs });
  const parts = more === undefined ? [uri, message] : [uri, message, more];
  return `[4,${id},${parts.map((part) => JSON.stringify(part)).join(",")}]`;
}
