import type { CallOptions } from "./calls.ts";
import type { Publication, Published } from "./publication.ts";
import type { CallHandler, HandleOptions, Registration } from "./registration.ts";
import type { Status } from "./status.ts";
import type { EventHandler, SubscribeOptions, Subscription, SubscriptionHandlers } from "./subscription.ts";

/** A connection to Switchboard that comes back by itself, and loses nothing on the way that the server still has. */
export interface Client {
  readonly status: Status;
  /** Tells of each change from now on. The result ends it. */
  onStatus(listener: (status: Status) => void): () => void;
  /** Resolves when live; rejects (SwitchboardError `closed`) once the client is closed for good. */
  live(): Promise<void>;
  /** Listens to a CRM record. Throws SwitchboardError `invalid_argument` where it can be no crmId. */
  follow<Data = unknown>(
    crmId: string,
    handlers?: EventHandler<Data> | SubscriptionHandlers<Data>,
  ): Subscription<Data>;
  /**
   * Listens to a topic, or to all that a pattern means, now and after every outage. Several subscriptions to one topic are one to
   * the server. Throws SwitchboardError `invalid_argument` where it can be no topic.
   */
  subscribe<Data = unknown>(
    topic: string,
    handlers?: EventHandler<Data> | SubscriptionHandlers<Data>,
    options?: SubscribeOptions,
  ): Subscription<Data>;
  /**
   * Resolves once the server has accepted it. Rejects with a SwitchboardError: what the server refused, `offline` (nothing was sent),
   * `timeout` and `unavailable` (it may or may not have been published: with a `key` it is safe to try again).
   */
  publish(publication: Publication): Promise<Published>;
  /**
   * Asks whoever answers the procedure. Rejects with a CallError where the callee refuses in its own words, else with a SwitchboardError:
   * `no_such_procedure`, `timeout`, `canceled`, `offline` (nothing was sent), `unavailable` (the callee has left, or the connection broke:
   * nobody knows the outcome).
   */
  call(procedure: string, data?: unknown, options?: CallOptions): Promise<unknown>;
  /**
   * Answers a procedure, now and after every outage. Throws SwitchboardError `invalid_argument` where it can be none, and
   * `procedure_taken` where this client answers it already.
   */
  handle(procedure: string, handler: CallHandler, options?: HandleOptions): Registration;
  /** Asks the server for a sign of life: the round trip in ms. Rejects with `offline` where there is no connection. */
  ping(): Promise<number>;
  /** Connects now, whatever the status: also when waiting, or closed. */
  reconnect(): void;
  /** Ends the connection and every loop; handlers stay, should `reconnect` be called. */
  close(): void;
}
