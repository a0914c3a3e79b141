import type {
  CallInput,
  CallOutput,
  Contract,
  HandlerInput,
  HandlerOutput,
  ParamName,
  ParamsOf,
  ProcedureErrorCode,
  ProcedureErrorDetails,
  ProgressInput,
  ProgressOutput,
} from "@switchboard/protocol";
import type { CallError } from "./call-error.ts";
import type { CallOptions } from "./calls.ts";
import type { HandleOptions, Invocation } from "./registration.ts";
import type { SwitchboardError } from "./switchboard-error.ts";

/** Whether a pattern has no parameters; of several patterns, either. So a wrong name is told as that, and not as missing parameters. */
export type IsPlain<Pattern extends string> = Pattern extends string
  ? [ParamName<Pattern>] extends [never]
    ? true
    : false
  : never;

/** How a procedure of the contract is called: `params` are those in its name. */
export type ContractCallOptions<C extends Contract, Name extends string> = CallOptions<
  ProgressOutput<C, Name>
> &
  (IsPlain<Name> extends false ? { readonly params: ParamsOf<Name> } : { readonly params?: undefined });

/** What a call is given after the procedure's name: what need not be said may be left out. */
export type CallArguments<C extends Contract, Name extends string> =
  IsPlain<Name> extends false
    ? [input: CallInput<C, Name>, options: ContractCallOptions<C, Name>]
    : undefined extends CallInput<C, Name>
      ? [input?: CallInput<C, Name>, options?: ContractCallOptions<C, Name>]
      : [input: CallInput<C, Name>, options?: ContractCallOptions<C, Name>];

/** What a call may fail with: an error that the contract declares, or one of the protocol's. Its `code` tells what its `details` are. */
export type CallFailure<C extends Contract, Name extends string> =
  | SwitchboardError
  | {
      [Code in ProcedureErrorCode<C, Name>]: CallError<Code, ProcedureErrorDetails<C, Name, Code>>;
    }[ProcedureErrorCode<C, Name>];

/** What became of a call. */
export type CallResult<C extends Contract, Name extends string> =
  | { readonly ok: true; readonly data: CallOutput<C, Name> }
  | { readonly ok: false; readonly error: CallFailure<C, Name> };

/** A call that has come to a handler, as the contract has it. */
export interface ContractInvocation<C extends Contract, Name extends string> extends Invocation<
  HandlerInput<C, Name>,
  ProgressInput<C, Name>
> {
  /** The values of the parameters in the procedure's name. */
  readonly params: ParamsOf<Name>;
  /** One of the errors that the contract declares for the procedure: to be thrown. */
  readonly error: <Code extends ProcedureErrorCode<C, Name>>(
    code: Code,
    message: string,
    details: ProcedureErrorDetails<C, Name, Code>,
  ) => CallError<Code>;
}

/** Answers calls of a procedure, as `CallHandler` does. */
export type ContractHandler<C extends Contract, Name extends string> = (
  invocation: ContractInvocation<C, Name>,
) => HandlerOutput<C, Name> | Promise<HandlerOutput<C, Name>>;

/** What `handle` is given after the procedure's name. */
export type HandleArguments<C extends Contract, Name extends string> =
  IsPlain<Name> extends false
    ? [params: ParamsOf<Name>, handler: ContractHandler<C, Name>, options?: HandleOptions]
    : [handler: ContractHandler<C, Name>, options?: HandleOptions];
