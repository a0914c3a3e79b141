import type { Who } from "./presence.ts";

/** Who of several callees of one procedure answers a call; `single` (default) allows but one. All register it alike. */
export type InvokePolicy = "single" | "roundrobin" | "random" | "first" | "last";

/** A call that has come to a handler. */
export interface Invocation<Input = unknown, Progress = unknown> {
  readonly procedure: string;
  /** What the caller sent; undefined where that was nothing. */
  readonly input: Input;
  /** Who calls; undefined for a back end. */
  readonly caller: Who | undefined;
  /** Aborts once nobody waits for the answer. */
  readonly signal: AbortSignal;
  /** Tells the caller a part of the answer, where it wants to hear it. */
  readonly progress: (part: Progress) => void;
}

/**
 * Answers calls. Handlers run side by side. A SwitchboardError or a CallError that is thrown is what the caller hears; anything else is
 * reported to `onError`, and the caller hears `internal`.
 */
export type CallHandler = (invocation: Invocation) => unknown;

/** How a procedure is registered. */
export interface HandleOptions {
  readonly invoke?: InvokePolicy;
}

/** A procedure that this client answers: now, and after every outage. */
export interface Registration {
  readonly procedure: string;
  /** Resolves once calls reach the handler; rejects where the server refuses, which `onError` hears too, or the client closes before. */
  readonly ready: Promise<void>;
  /** No call reaches the handler any more; those under way go on. Resolves when the server knows. */
  unregister(): Promise<void>;
}
