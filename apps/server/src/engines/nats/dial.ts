import { connect, type ConnectionOptions, type NatsConnection } from "@nats-io/transport-node";

/** How long to wait before another attempt to connect, in ms. */
export const retryMs = 250;
/** How long an attempt to connect may take, in ms. */
const dialMs = 2_000;
/** How often the server is asked for a sign of life, in ms; two that it misses end the connection. */
const pingMs = 2_000;

/** Connects to the first of the servers that answers, and lets us in. @throws Error of the last of them */
export function dial(options: ConnectionOptions): Promise<NatsConnection> {
  return connect({
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: retryMs,
    reconnectJitterTLS: retryMs,
    timeout: dialMs,
    pingInterval: pingMs,
    noAsyncTraces: true,
    ...options,
  });
}
