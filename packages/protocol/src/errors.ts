/** Every code that an `error` frame or an HTTP error may carry, with its HTTP status and what it means. */
export const errorCodes = {
  bad_frame: { status: 400, meaning: "not a frame of this protocol: no object, or an unknown type" },
  invalid_argument: { status: 400, meaning: "a field is missing or wrong; the message names it" },
  invalid_payload: { status: 422, meaning: "the data breaks the contract; details are the issues" },
  unauthenticated: { status: 401, meaning: "a valid token or key is needed" },
  forbidden: { status: 403, meaning: "the token, the key or the application does not allow it" },
  not_found: { status: 404, meaning: "there is no such thing" },
  no_such_procedure: { status: 404, meaning: "nobody answers this procedure now" },
  procedure_taken: { status: 409, meaning: "somebody else registered the procedure" },
  not_subscribed: { status: 409, meaning: "the session does not subscribe to this topic" },
  timeout: { status: 504, meaning: "the callee did not answer in time" },
  canceled: { status: 499, meaning: "the caller cancelled the call" },
  too_large: { status: 413, meaning: "larger than the limit that the message names" },
  rate_limited: { status: 429, meaning: "too many in too short a time; try again after retryAfter ms" },
  limit_exceeded: { status: 429, meaning: "a limit is reached; the message names it" },
  unavailable: { status: 503, meaning: "the engine or the callee cannot be reached; nothing was stored" },
  internal: { status: 500, meaning: "a fault of the server; it is logged there" },
} as const satisfies Record<string, { status: number; meaning: string }>;

/** A code of the error table. */
export type ErrorCode = keyof typeof errorCodes;

/** Every close code that the server uses. Below 4500 a client comes back, from 4500 on it does not. */
export const closeCodes = {
  goingAway: { code: 1001, meaning: "the server is going away" },
  binaryFrame: { code: 1003, meaning: "binary frames are not understood" },
  frameTooLarge: { code: 1009, meaning: "a frame over the hard limit" },
  bug: { code: 1011, meaning: "a fault of the server" },
  restarting: { code: 1012, meaning: "the server is restarting" },
  helloTooLate: { code: 4000, meaning: "no hello in time" },
  tooSlow: { code: 4001, meaning: "the session reads too slowly" },
  rateLimited: { code: 4002, meaning: "too many frames in too short a time" },
  tokenExpired: { code: 4003, meaning: "the token has expired" },
  noHeartbeat: { code: 4004, meaning: "the peer no longer answers" },
  replaced: { code: 4005, meaning: "a newer connection resumed this session" },
  badFrame: { code: 4500, meaning: "a frame that is not JSON" },
  unauthenticated: { code: 4501, meaning: "a valid token is needed" },
  forbidden: { code: 4503, meaning: "this is not allowed" },
  unsupportedProtocol: { code: 4504, meaning: "none of the offered subprotocols is spoken here" },
} as const satisfies Record<string, { code: number; meaning: string }>;

/** The name of a close code in the table. */
export type CloseName = keyof typeof closeCodes;

/** Whether a client may connect again after this close code: below 4500; after `replaced` without the secret of its session. */
export function comesBack(code: number): boolean {
  return code < 4500;
}
