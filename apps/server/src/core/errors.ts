import { closeCodes, type CloseName, type ErrorCode } from "@switchboard/protocol";

/** A code of the error table; or a callee's own, which its contract declares. */
export type RefusalCode = ErrorCode | (string & {});

/** Answers one request; the connection lives. Thrown at the fault, answered in one place by the door it came through. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  readonly details: unknown;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: RefusalCode,
    message: string,
    more: { readonly details?: unknown; readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.code = code;
    this.details = more.details;
    this.retryAfterMs = more.retryAfterMs;
  }
}

/** Ends the connection with a code of the close table, which says whether to come back. */
export class Close extends Error {
  override readonly name = "Close";
  readonly code: number;

  constructor(name: CloseName, reason: string = closeCodes[name].meaning) {
    super(reason);
    this.code = closeCodes[name].code;
  }
}
