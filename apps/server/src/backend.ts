import {
  fillPattern,
  publishBodySchema,
  type CallInput,
  type CallOutput,
  type Contract,
  type ContractPublication,
  type ParamName,
  type ParamsOf,
  type ProcedureName,
  type ProgressOutput,
} from "@switchboard/protocol";
import { publishedOf, type Published } from "./core/broker.ts";
import { publicationOf } from "./core/publication.ts";
import { readAs } from "./core/read-as.ts";
import type { Receipt } from "./core/receipts.ts";
import type { Node, Session } from "./core/session.ts";

/** What a publish may say besides what is published. */
export interface PublishOptions {
  readonly exclude?: readonly string[];
  readonly eligible?: readonly string[];
  readonly onlyCrmIds?: readonly string[];
  readonly key?: string;
  /** How long to wait for acknowledgements, in ms. */
  readonly receipt?: number;
}

/** A publish without a contract. */
export type AnyPublication = (
  | { readonly topic: string; readonly crmIds?: never }
  | { readonly crmIds: readonly string[]; readonly topic?: never }
) & { readonly name?: string; readonly data: unknown };

/** A publish as the contract allows it; without one, any. */
export type PublicationFor<C> = (C extends Contract ? ContractPublication<C> : AnyPublication) &
  PublishOptions;

/** What a call may say besides what it asks. The parameters are those in the procedure's name. */
export type CallOptions<Name extends string, Progress> = {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (part: Progress) => void;
} & ([ParamName<Name>] extends [never]
  ? { readonly params?: undefined }
  : { readonly params: ParamsOf<Name> });

/** What the code around a server may do on it, without a connection. */
export interface Backend<C> {
  /** The sessions that are connected to this node. */
  readonly sessions: Iterable<Session>;
  /** Publishes; the contract and `onPublish` hold. @throws Refusal */
  publish(publication: PublicationFor<C>): Promise<Published & { readonly receipt?: Receipt }>;
  /** Calls a procedure that clients answer (or any, where there is no contract). @throws Refusal */
  call: C extends Contract
    ? <Name extends ProcedureName<C>>(
        procedure: Name,
        input: CallInput<C, Name>,
        ...options: OptionsOf<CallOptions<Name, ProgressOutput<C, Name>>>
      ) => Promise<CallOutput<C, Name>>
    : (procedure: string, input?: unknown, options?: CallOptions<string, unknown>) => Promise<unknown>;
}

/** Options that may be left out only where none of them is required. */
type OptionsOf<Options> = {} extends Options ? [options?: Options] : [options: Options];

/** What the code around a server may do on this node. */
export function backendOf<C>(node: Node): Backend<C> {
  const publish = async (given: object) => {
    const body = readAs(publishBodySchema, given);
    const publication = publicationOf(body, JSON.stringify(body.data), node.publicationId());
    const { accepted, receipt } = await node.publisher.publish(undefined, publication, body.receipt);
    return { ...publishedOf(accepted), ...(receipt && { receipt: await receipt }) };
  };

  const call = async (
    pattern: string,
    input?: unknown,
    options: {
      params?: Record<string, string>;
      timeoutMs?: number;
      signal?: AbortSignal;
      onProgress?: (part: unknown) => void;
    } = {},
  ): Promise<unknown> => {
    const { params = {}, timeoutMs, signal, onProgress } = options;
    const data = input === undefined ? undefined : JSON.stringify(input);
    const progress = onProgress && ((part: string) => onProgress(JSON.parse(part)));
    const procedure = fillPattern(pattern, params);
    return JSON.parse(
      await node.dealer.call({ procedure, data, caller: undefined, progress, timeoutMs }, signal),
    );
  };

  return { sessions: node.sessions, publish, call } as unknown as Backend<C>;
}
