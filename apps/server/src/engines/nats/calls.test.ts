import { afterAll, beforeAll, expect } from "vitest";
import { NatsServer } from "../../../test/nats-server.ts";
import { callsContract } from "../../core/calls.contract.ts";
import { systemClock as clock } from "../../system.ts";
import { ClusterCalls } from "../cluster/calls.ts";
import { Cluster } from "../cluster/cluster.ts";
import { connectionOptions, parseAddresses } from "./addresses.ts";
import { Connection } from "./connection.ts";
import { natsWire } from "./wire.ts";

let server: NatsServer;
let prefixes = 0;

beforeAll(async () => {
  server = await NatsServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const report = (error: unknown) => {
  throw error;
};

async function node(prefix: string) {
  const options = connectionOptions(parseAddresses(server.url));
  const connection = new Connection({ options, tell: () => {}, report, inspect: () => {} });
  const cluster = new Cluster({ wire: natsWire(connection, prefix), clock, report });
  await connection.started;
  return { connection, cluster, calls: new ClusterCalls(cluster, report) };
}

callsContract("NATS", async () => {
  const prefix = `t${(prefixes += 1)}`;
  const [here, there, third] = await Promise.all([node(prefix), node(prefix), node(prefix)]);
  const knowAll = () => [here, there, third].every(({ cluster }) => cluster.others.size === 2);
  await expect.poll(knowAll, { timeout: 30_000 }).toBe(true);
  return {
    here: here.calls,
    there: there.calls,
    async [Symbol.asyncDispose]() {
      for (const { cluster, connection } of [here, there, third]) {
        cluster[Symbol.dispose]();
        await connection[Symbol.asyncDispose]();
      }
    },
  };
});
