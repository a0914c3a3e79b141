import {
  check,
  checkAgainst,
  type Contract,
  type FoundProcedure,
  type HandlerInput,
  type HandlerOutput,
  type ParamsOf,
  type ProcedureErrorCode,
  type ProcedureErrorDetails,
  type ProcedureName,
  type ProgressInput,
} from "@switchboard/protocol";
import type { CallHandler } from "./core/calls.ts";
import { checkedInput } from "./core/contract.ts";
import { Refusal } from "./core/errors.ts";
import type { Identity } from "./core/identity.ts";

/** What a procedure's handler is given. */
export interface ProcedureRequest<C extends Contract, Name extends string> {
  /** What the caller sent, as the contract's schema gives it. */
  readonly input: HandlerInput<C, Name>;
  /** The values of the parameters in the procedure's name. */
  readonly params: ParamsOf<Name>;
  /** Who calls; undefined over HTTP. */
  readonly caller: Identity | undefined;
  /** Aborts once nobody waits for the answer. */
  readonly signal: AbortSignal;
  /** Reports a part of the answer, where the caller wants to hear it. */
  readonly progress: (data: ProgressInput<C, Name>) => void;
  /** One of the errors that the contract declares for the procedure: to be thrown. */
  readonly error: <Code extends ProcedureErrorCode<C, Name>>(
    code: Code,
    message: string,
    details: ProcedureErrorDetails<C, Name, Code>,
  ) => Refusal;
}

/** Answers a procedure; what it throws besides a Refusal is logged, and the caller hears `internal`. */
export type ProcedureHandler<C extends Contract, Name extends string> = (
  request: ProcedureRequest<C, Name>,
) => HandlerOutput<C, Name> | Promise<HandlerOutput<C, Name>>;

/** A handler for each procedure that the contract has the server answer: a missing one is a type error. */
export type ProcedureHandlers<C extends Contract> = {
  readonly [Name in ProcedureName<C, "server">]: ProcedureHandler<C, Name>;
};

type AnyHandler = (request: ProcedureRequest<Contract, string>) => unknown;

/**
 * The application's procedures as the dealer asks for them.
 * @throws TypeError where the contract has the server answer a procedure for which there is no handler
 */
export function applicationProcedures(
  contract: Contract,
  handlers: Readonly<Record<string, unknown>>,
): (procedure: string) => CallHandler | undefined {
  const contractCheck = checkAgainst(contract);
  for (const [name, { by }] of Object.entries(contract.procedures))
    if (by === "server" && typeof handlers[name] !== "function")
      throw new TypeError(`procedures: a handler for ${name} is missing`);
  return (procedure) => {
    const found = contractCheck.procedure(procedure);
    if (found?.procedure.by !== "server") return undefined;
    return answering(found, handlers[found.pattern] as AnyHandler);
  };
}

function answering(found: FoundProcedure, handler: AnyHandler): CallHandler {
  const { params, procedure } = found;
  return async ({ data, caller, progress }, signal) => {
    const input = await checkedInput(found, data);
    const output = await handler({
      input: input as never,
      params,
      caller,
      signal,
      progress: (part) => progress?.(JSON.stringify(part)),
      error: (code, message, details) => new Refusal(code, message, { details }),
    });
    const checked = await check(procedure.output, output, "output");
    if ("breach" in checked) throw new Error(`${found.pattern}: ${checked.breach.message}`);
    return JSON.stringify(output) ?? "null";
  };
}
