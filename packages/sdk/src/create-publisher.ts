import type { Contract } from "@switchboard/protocol";
import { ContractGuard, type ContractOptions } from "./contract-guard.ts";
import { contractPublisher, type ContractPublisher } from "./contract-publisher.ts";
import { plainPublisher, type Publisher, type PublisherOptions } from "./publisher.ts";

/**
 * A publisher for back ends. Nothing is sent before the first call, and nothing stays open. With a contract, all it does is typed by it.
 * @throws SwitchboardError invalid_argument where the address is none.
 */
export function createPublisher<const C extends Contract>(
  options: PublisherOptions & ContractOptions<C>,
): ContractPublisher<C>;
export function createPublisher(options: PublisherOptions): Publisher;
export function createPublisher(
  options: PublisherOptions & Partial<ContractOptions<Contract>>,
): Publisher | ContractPublisher<Contract> {
  const publisher = plainPublisher(options);
  const { contract, validate } = options;
  if (contract === undefined) return publisher;
  return contractPublisher(publisher, new ContractGuard({ contract, validate }, () => undefined));
}
