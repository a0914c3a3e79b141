import { type ErrorCode, errorCodes } from "@switchboard/protocol";

/** A code of the protocol's table, or one of the SDK's own: `offline` (never sent), `closed` (will not come back by itself). */
export type SwitchboardErrorCode = ErrorCode | "offline" | "closed";

interface Facts {
  readonly details?: unknown;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Whatever the server refused, or the SDK could not do. Tell them apart by `code`; the message is for people. */
export class SwitchboardError extends Error {
  override readonly name = "SwitchboardError";
  readonly code: SwitchboardErrorCode;
  /** What the server added; for `invalid_payload` the issues. */
  readonly details?: unknown;
  /** How long the server wants to be left alone. */
  readonly retryAfterMs?: number;

  constructor(code: SwitchboardErrorCode, message: string, { details, retryAfterMs, cause }: Facts = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    if (details !== undefined) this.details = details;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

/** What an `error` frame, or the `error` of an HTTP answer, says. */
export interface ErrorFacts {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly retryAfter?: number | undefined;
}

/** The error of these facts. A code that this version does not know is `internal`. */
export function errorOf(error: ErrorFacts): SwitchboardError {
  const facts = { details: error.details, retryAfterMs: error.retryAfter };
  if (isErrorCode(error.code)) return new SwitchboardError(error.code, error.message, facts);
  return new SwitchboardError("internal", `${error.code}: ${error.message}`, facts);
}

/** Whether the code stands in the protocol's table. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}

/** Refusals that may end by themselves. */
const passing: ReadonlySet<string> = new Set(["unavailable", "timeout", "rate_limited", "internal"]);

/** Whether it may help to ask again later. */
export function isPassing({ code }: SwitchboardError): boolean {
  return passing.has(code);
}
