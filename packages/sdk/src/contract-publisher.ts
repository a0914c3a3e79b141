import type { CallOutput, Contract, ContractPublication, ProcedureName } from "@switchboard/protocol";
import type { CallArguments } from "./contract-call.ts";
import { type AnyCallOptions, callBy } from "./guarded-calls.ts";
import type { ContractGuard } from "./contract-guard.ts";
import type { Publication, Published, PublishOptions } from "./publication.ts";
import type { Publisher } from "./publisher.ts";
import { SwitchboardError } from "./switchboard-error.ts";

/** A publisher whose topics, events and procedures are those of a contract, with their types. */
export interface ContractPublisher<C extends Contract> extends Omit<
  Publisher,
  "publish" | "publishBatch" | "call"
> {
  /** As `Publisher.publish`; and rejects with `invalid_payload` where the contract does not allow it. */
  publish(publication: ContractPublication<C> & PublishOptions): Promise<Published>;
  /** As `Publisher.publishBatch`: what the contract does not allow has an `invalid_payload` in its place, and the others are published. */
  publishBatch(
    publications: readonly (ContractPublication<C> & PublishOptions)[],
  ): Promise<readonly (Published | SwitchboardError)[]>;
  /** As `Publisher.call`; and rejects with `invalid_payload` where the input or the output breaks the contract. `onProgress` hears nothing. */
  call<Name extends ProcedureName<C>>(
    procedure: Name,
    ...rest: CallArguments<C, Name>
  ): Promise<CallOutput<C, Name>>;
}

/** The publisher as the contract has it. Its types are in `ContractPublisher`; here they are whatever they are. */
export function contractPublisher(publisher: Publisher, guard: ContractGuard): ContractPublisher<Contract> {
  const contracted = {
    ...publisher,
    async publish(publication: Publication) {
      await guard.publication(publication);
      return publisher.publish(publication);
    },
    async publishBatch(publications: readonly Publication[]) {
      const breaches = await Promise.all(publications.map((one) => breachOf(guard, one)));
      const allowed = publications.filter((_, place) => breaches[place] === undefined);
      const outcomes = allowed.length === 0 ? [] : await publisher.publishBatch(allowed);
      let next = 0;
      return breaches.map((breach) => breach ?? outcomes[next++]);
    },
    call: (name: string, input?: unknown, options?: AnyCallOptions) =>
      callBy(guard, (procedure, data, rest) => publisher.call(procedure, data, rest), name, input, options),
  };
  return contracted as unknown as ContractPublisher<Contract>;
}

async function breachOf(
  guard: ContractGuard,
  publication: Publication,
): Promise<SwitchboardError | undefined> {
  try {
    await guard.publication(publication);
    return undefined;
  } catch (error) {
    if (error instanceof SwitchboardError) return error;
    throw error;
  }
}
