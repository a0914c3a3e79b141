import { createClient, type ContractClient, type ContractOptions } from "../src/index.ts";
import { contract } from "./contract.ts";
import { FakeServer, type Peer } from "./fake-server.ts";

/** A client of the tests' contract and its server, welcomed; all ends with the block. */
export interface Contracted extends Disposable {
  readonly client: ContractClient<typeof contract>;
  readonly peer: Peer;
  readonly errors: unknown[];
}

/** See `Contracted`. */
export async function contracted(
  options: Partial<ContractOptions<typeof contract>> = {},
): Promise<Contracted> {
  const server = new FakeServer();
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const client = createClient({ contract, url: server.url, onError, ...options });
  const peer = await server.accept();
  await peer.next();
  await peer.play("< welcome");
  await client.live();
  return {
    client,
    peer,
    errors,
    [Symbol.dispose]() {
      client.close();
      server[Symbol.dispose]();
    },
  };
}
