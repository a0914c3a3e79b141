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

  constructor(name: CloseName, reason: string = closeCodes[name].meaning, cause?: unknown) {
    super(reason, { cause });
    this.code = closeCodes[name].code;
  }
}

/** The code's end of a connection that cannot go on without what was refused; where it may pass, or is none, the error itself. */
export function endingOf(error: unknown): unknown {
  const name = error instanceof Refusal ? endings[error.code] : undefined;
  return name === undefined ? error : new Close(name, (error as Refusal).message, error);
}

const endings: Readonly<Record<string, CloseName>> = {
  unauthenticated: "unauthenticated",
  forbidden: "forbidden",
  rate_limited: "rateLimited",
};
