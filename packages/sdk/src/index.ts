export type { Backoff } from "./backoff.ts";
export { CallError } from "./call-error.ts";
export type { CallOptions } from "./calls.ts";
export type { Client } from "./client.ts";
export type { ClientOptions } from "./client-options.ts";
export type {
  CallArguments,
  CallFailure,
  CallResult,
  ContractCallOptions,
  ContractHandler,
  ContractInvocation,
  HandleArguments,
} from "./contract-call.ts";
export type {
  ContractClient,
  ContractHandlers,
  ContractSubscription,
  SubscribeArguments,
} from "./contract-client.ts";
export type { ContractEvent, CrmPattern, NamedEvent } from "./contract-event.ts";
export type { ContractOptions, Validation } from "./contract-guard.ts";
export type { ContractPublisher } from "./contract-publisher.ts";
export { createClient } from "./create-client.ts";
export { createPublisher } from "./create-publisher.ts";
export type { Event } from "./event.ts";
export { JsonText, jsonText } from "./json-text.ts";
export type { Queue } from "./outbox.ts";
export { type PositionStore, storagePositions } from "./position-store.ts";
export type { Presence, Who } from "./presence.ts";
export type { Publication, Published, PublishOptions, Receipt } from "./publication.ts";
export type {
  Publisher,
  PublisherCallOptions,
  PublisherOptions,
  SessionSummary,
  TopicDetails,
  TopicSummary,
} from "./publisher.ts";
export type { CallHandler, HandleOptions, Invocation, InvokePolicy, Registration } from "./registration.ts";
export type { Status } from "./status.ts";
export type {
  EventHandler,
  Gap,
  Heard,
  Recovered,
  SubscribeOptions,
  Subscription,
  SubscriptionHandlers,
} from "./subscription.ts";
export { SwitchboardError, type SwitchboardErrorCode } from "./switchboard-error.ts";
export { type Contract, defineContract } from "@switchboard/protocol";
export type { ErrorCode, Match, Position, PublishResult } from "@switchboard/protocol";
