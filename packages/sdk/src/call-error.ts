import { errorOf, type ErrorFacts, isErrorCode, type SwitchboardError } from "./switchboard-error.ts";

/**
 * A callee's refusal in its own words: thrown in a handler, it reaches the caller with its code and details, and is what the call rejects
 * with. A code of the protocol's table arrives as a SwitchboardError.
 */
export class CallError<Code extends string = string, Details = unknown> extends Error {
  override readonly name = "CallError";
  readonly code: Code;
  readonly details: Details;

  constructor(code: Code, message: string, ...[details]: undefined extends Details ? [Details?] : [Details]) {
    super(message);
    this.code = code;
    this.details = details as Details;
  }
}

/** What a call failed with: see `CallError`. */
export function callErrorOf(error: ErrorFacts): SwitchboardError | CallError {
  return isErrorCode(error.code) ? errorOf(error) : new CallError(error.code, error.message, error.details);
}
