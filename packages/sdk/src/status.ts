/**
 * How the connection is doing. `since` is when it became so (not live since, or live since), in ms since 1970.
 * - `connecting`: on its way; `attempt` counts from 1, since it was last live.
 * - `live`: welcomed. `latencyMs` is the last ping's round trip, measured at least every 10 s.
 * - `waiting`: will try again at `retryAt` (ms since 1970; Infinity while the browser is offline), for the `attempt`th time.
 * - `closed`: will not come back by itself; `code` is the WebSocket's close code (1000 after `close()`).
 */
export type Status =
  | { readonly state: "connecting"; readonly attempt: number; readonly since: number }
  | { readonly state: "live"; readonly session: string; readonly since: number; readonly latencyMs?: number }
  | {
      readonly state: "waiting";
      readonly attempt: number;
      readonly retryAt: number;
      readonly since: number;
      readonly reason: string;
    }
  | { readonly state: "closed"; readonly code: number; readonly reason: string };
