export type { Backoff } from "./backoff.ts";
export type { Client } from "./client.ts";
export type { ClientOptions } from "./client-options.ts";
export { createClient } from "./create-client.ts";
export type { Event } from "./event.ts";
export { JsonText, jsonText } from "./json-text.ts";
export type { Queue } from "./outbox.ts";
export { type PositionStore, storagePositions } from "./position-store.ts";
export type { Publication, Published, Receipt } from "./publication.ts";
export {
  createPublisher,
  type Publisher,
  type PublisherOptions,
  type SessionSummary,
  type TopicDetails,
  type TopicSummary,
} from "./publisher.ts";
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
export type { ErrorCode, Match, Position, PublishResult } from "@switchboard/protocol";
