import type { Contract } from "@switchboard/protocol";
import type { Server } from "bun";
import type { Engine } from "../../core/engine.ts";
import type { Tickets } from "../../auth/tickets.ts";
import type { Webhook } from "../../auth/webhook.ts";
import type { Proxies } from "../../core/address.ts";
import type { Grant } from "../../core/policy.ts";
import type { Node } from "../../core/session.ts";
import type { Dialects } from "../../dialects/index.ts";
import type { SocketData } from "../websocket.ts";

/** What the routes are given of the server. */
export interface Parts {
  readonly node: Node;
  readonly engine: Engine;
  readonly dialects: Dialects;
  readonly tickets: Tickets;
  /** Asks the application who connects, where there is one to be asked. */
  readonly webhook: Webhook | undefined;
  /** Whether there are keys or tokens besides: then who shows nothing may still say a token in its hello. */
  readonly asksBesides: boolean;
  readonly proxies: Proxies;
  readonly contract: Contract | undefined;
  readonly allowedOrigins: readonly string[];
  /** Whether it gives a token for the asking: for development. */
  readonly devLogin: boolean;
  /** Whether it is reached over TLS. */
  readonly isSecure: boolean;
  /** Whether `/metrics` asks nobody. */
  readonly metricsOpen: boolean;
  /** When the server came up, in ms since 1970. */
  readonly startedAt: number;
}

/** What Hono hands to each route. */
export type Env = {
  Bindings: { server: Server<SocketData> };
  Variables: {
    /** What whoever asks may do. */
    grant: Grant;
    /** Where the request came from, as far as its peer and trusted proxies can be believed. */
    address: string;
  };
};
