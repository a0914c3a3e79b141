import type { ContractProcedure } from "@switchboard/protocol";
import { CallError } from "./call-error.ts";
import type { CallOptions } from "./calls.ts";
import type { ContractGuard } from "./contract-guard.ts";
import type { CallHandler } from "./registration.ts";
import { SwitchboardError } from "./switchboard-error.ts";

/** The options of a call that a contract knows, whatever its types. */
export interface AnyCallOptions extends CallOptions {
  readonly params?: Readonly<Record<string, string>> | undefined;
}

/** What a handler of a contract is, whatever its types. */
export type AnyHandler = (
  invocation: Parameters<CallHandler>[0] & {
    readonly params: Readonly<Record<string, string>>;
    readonly error: (code: string, message: string, details: unknown) => CallError;
  },
) => unknown;

/** Calls a procedure of the contract by `ask`: what is sent, and what comes back, is held against it. */
export async function callBy(
  guard: ContractGuard,
  ask: (procedure: string, data: unknown, options: CallOptions) => Promise<unknown>,
  name: string,
  input: unknown,
  { params, onProgress, ...options }: AnyCallOptions = {},
): Promise<unknown> {
  const { procedure, declared } = guard.procedure(name, params);
  await guard.sent(declared.input, input, "data");
  const heard = onProgress && {
    onProgress: (part: unknown) => guard.part(declared.progress, part, onProgress),
  };
  const output = await ask(procedure, input, { ...options, ...heard }).catch(async (error: unknown) => {
    throw error instanceof CallError ? await failureOf(guard, declared, error) : error;
  });
  return guard.received(declared.output, output, "output");
}

/** The same, where a failure is a result like others. */
export function tried(calling: Promise<unknown>): Promise<unknown> {
  return calling.then(
    (data) => ({ ok: true, data }),
    (error: unknown) => {
      if (error instanceof SwitchboardError || error instanceof CallError) return { ok: false, error };
      throw error;
    },
  );
}

/** A handler that is given what the contract allows, and gives it. */
export function guarded(
  guard: ContractGuard,
  declared: ContractProcedure,
  params: Readonly<Record<string, string>>,
  handler: AnyHandler,
): CallHandler {
  return async (invocation) => {
    const input = await guard.received(declared.input, invocation.input, "data");
    const output = await handler({
      ...invocation,
      input,
      params,
      progress: (part) => guard.sentPart(declared.progress, part, invocation.progress),
      error: (code, message, details) => new CallError(code, message, details),
    });
    await guard.sent(declared.output, output, "output").catch((cause: unknown) => {
      // The fault is this end's: the caller hears `internal`.
      throw new Error(`${invocation.procedure}: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
    });
    return output;
  };
}

/** A callee's own error, as the contract declares it; one that it does not declare is `internal`. */
async function failureOf(
  guard: ContractGuard,
  { errors = {} }: ContractProcedure,
  { code, message, details }: CallError,
): Promise<CallError | SwitchboardError> {
  if (!Object.hasOwn(errors, code))
    return new SwitchboardError("internal", `${code}: ${message}`, { details });
  try {
    return new CallError(code, message, await guard.received(errors[code], details, "details"));
  } catch (error) {
    if (error instanceof SwitchboardError) return error;
    throw error;
  }
}
