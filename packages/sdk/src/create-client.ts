import type { Client } from "./client.ts";
import { type ClientOptions, settingsOf } from "./client-options.ts";
import { SocketClient } from "./socket-client.ts";

/**
 * Connects at once, and stays connected until `close`, or until the server says not to come back.
 * @throws SwitchboardError invalid_argument where there is no address, or no WebSocket.
 */
export function createClient(options: ClientOptions = {}): Client {
  const client = new SocketClient(settingsOf(options));
  for (const crmId of options.crmIds ?? []) client.follow(crmId);
  client.reconnect();
  return client;
}
