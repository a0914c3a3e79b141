import type { Contract } from "@switchboard/protocol";
import type { Client } from "./client.ts";
import { type ClientOptions, settingsOf } from "./client-options.ts";
import type { ContractClient } from "./contract-client.ts";
import { ContractGuard, type ContractOptions } from "./contract-guard.ts";
import { contractedClient } from "./contracted-client.ts";
import { SocketClient } from "./socket-client.ts";

/**
 * Connects at once, and stays connected until `close`, or until the server says not to come back. With a contract, all it does is typed by it.
 * @throws SwitchboardError invalid_argument where there is no address, or no WebSocket.
 */
export function createClient<const C extends Contract>(
  options: ClientOptions & ContractOptions<C>,
): ContractClient<C>;
export function createClient(options?: ClientOptions): Client;
export function createClient(
  options: ClientOptions & Partial<ContractOptions<Contract>> = {},
): Client | ContractClient<Contract> {
  const settings = settingsOf(options);
  const { contract, validate } = options;
  if (contract === undefined) return started(new SocketClient(settings), options);
  const guard = new ContractGuard({ contract, validate }, settings.report);
  const admit = guard.admit.bind(guard);
  return contractedClient(started(new SocketClient({ ...settings, admit }), options), guard);
}

function started(client: Client, { crmIds = [] }: ClientOptions): Client {
  for (const crmId of crmIds) client.follow(crmId);
  client.reconnect();
  return client;
}
