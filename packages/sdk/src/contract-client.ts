import type {
  CallOutput,
  Contract,
  ContractPublication,
  ParamsOf,
  ProcedureName,
  TopicPattern,
} from "@switchboard/protocol";
import type { Client } from "./client.ts";
import type { CallArguments, CallResult, HandleArguments, IsPlain } from "./contract-call.ts";
import type { ContractEvent, CrmPattern } from "./contract-event.ts";
import type { Published, PublishOptions } from "./publication.ts";
import type { Registration } from "./registration.ts";
import type { SubscribeOptions, Subscription, SubscriptionHandlers } from "./subscription.ts";

/**
 * A client whose topics, events and procedures are those of a contract, with their types. What comes from the server is held against
 * the contract, too: an event that breaks it is reported to `onError`, and nobody hears it.
 */
export interface ContractClient<C extends Contract> extends Omit<
  Client,
  "follow" | "subscribe" | "publish" | "call" | "handle"
> {
  /** Listens to a CRM record, where the contract has a topic `crm.{crmId}`. */
  follow(
    crmId: [CrmPattern<C>] extends [never] ? never : string,
    handlers?: ContractHandlers<C, CrmPattern<C>>,
  ): ContractSubscription<C, CrmPattern<C>>;
  /**
   * Listens to a topic: `subscribe("crm.{crmId}", { crmId: "42" }, handler)`. The event's `name` tells what its `data` are. Throws
   * SwitchboardError `invalid_argument`, for a parameter that is not one level of a topic, too.
   */
  subscribe<Pattern extends keyof C["topics"] & string>(
    pattern: Pattern,
    ...rest: SubscribeArguments<C, Pattern>
  ): ContractSubscription<C, Pattern>;
  /** As `Client.publish`; and rejects with `invalid_payload` where the contract does not allow it. */
  publish(publication: ContractPublication<C> & PublishOptions): Promise<Published>;
  /**
   * As `Client.call`; and rejects with `invalid_payload` where the input or the output breaks the contract. It rejects with what `try` would
   * give as `error`.
   */
  call<Name extends ProcedureName<C>>(
    procedure: Name,
    ...rest: CallArguments<C, Name>
  ): Promise<CallOutput<C, Name>>;
  /** The same, but a failure is a result like others, whose `code` tells what its `details` are. */
  try<Name extends ProcedureName<C>>(
    procedure: Name,
    ...rest: CallArguments<C, Name>
  ): Promise<CallResult<C, Name>>;
  /** Answers a procedure that the contract has clients answer. Its input has been checked; a wrong one is `invalid_payload` to the caller. */
  handle<Name extends ProcedureName<C, "client">>(
    procedure: Name,
    ...rest: HandleArguments<C, Name>
  ): Registration;
}

/** One listener of a topic, as the contract has it. */
export type ContractSubscription<C extends Contract, Pattern extends TopicPattern<C>> = Subscription<
  unknown,
  ContractEvent<C, Pattern>
>;

/** What hears the events of a topic, or what else can be heard of it. */
export type ContractHandlers<C extends Contract, Pattern extends TopicPattern<C>> =
  ((event: ContractEvent<C, Pattern>) => unknown) | SubscriptionHandlers<unknown, ContractEvent<C, Pattern>>;

/** What `subscribe` is given after the pattern. */
export type SubscribeArguments<C extends Contract, Pattern extends TopicPattern<C>> =
  IsPlain<Pattern> extends false
    ? [params: ParamsOf<Pattern>, handlers?: ContractHandlers<C, Pattern>, options?: SubscribeOptions]
    : [handlers?: ContractHandlers<C, Pattern>, options?: SubscribeOptions];
