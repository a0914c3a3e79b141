import type { PusherApp } from "./app.ts";
import type { Channels } from "./channels.ts";
import type { Clients } from "./clients.ts";
import type { Webhooks } from "./webhooks.ts";

/** What the conversations of one application share. */
export interface Place {
  readonly app: PusherApp;
  readonly channels: Channels;
  readonly clients: Clients;
  /** Where its back end wants to be told. */
  readonly webhooks: readonly Webhooks[];
  /** Whether a topic may be heard on a public channel, without a signature. */
  readonly isPublic: (topic: string) => boolean;
}
