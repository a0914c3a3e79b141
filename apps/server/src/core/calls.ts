import type { Identity } from "./identity.ts";

/** Who of several callees of one procedure answers a call; `single` allows but one. */
export type InvokePolicy = "single" | "roundrobin" | "random" | "first" | "last";

/** Who calls. */
export interface Caller extends Identity {
  /** False where the caller does not want the callee to know. */
  readonly disclosed?: boolean;
}

/** What is asked, and how its answer is heard. */
export interface CallRequest {
  /** JSON text; undefined where the caller gave no data. */
  readonly data: string | undefined;
  readonly caller: Caller | undefined;
  /** Hears parts of the answer (JSON text); given only where the caller wants them. */
  readonly progress: ((data: string) => void) | undefined;
  /** Aborts where the caller asks the callee to stop, but waits for what it says then; given only where the caller may do so. */
  readonly interrupt?: AbortSignal | undefined;
}

/**
 * Answers a call with JSON text. Rejecting with a Refusal is the callee's answer too; anything else is a fault of ours.
 * @param signal aborts once the caller no longer waits
 */
export type CallHandler = (request: CallRequest, signal: AbortSignal) => Promise<string>;

/** Calls between whoever is connected, on any node. */
export interface Calls {
  /**
   * From when this resolves, calls of the procedure may reach the handler, until its result is called.
   * @throws Refusal `procedure_taken` where another registration, or its policy, does not allow it
   */
  serve(procedure: string, policy: InvokePolicy, handler: CallHandler): Promise<() => void>;
  /**
   * Asks one of those who serve the procedure.
   * @throws Refusal `no_such_procedure` at once where nobody does; what the callee refused; `unavailable` where it has left
   */
  call(procedure: string, request: CallRequest, signal: AbortSignal): Promise<string>;
}
