import { it } from "vitest";
import { NatsServer } from "../../apps/server/test/nats-server.ts";
import { modelSettings, playModel, type Stage } from "../recovery/play-model.ts";
import { isFull } from "../recovery/size.ts";
import { NodeCluster } from "./node-cluster.ts";

/** Two nodes on one NATS server; whoever comes back may come to the other. */
async function twoNodes(): Promise<Stage> {
  await using starting = new AsyncDisposableStack();
  const nats = starting.use(await NatsServer.start());
  const cluster = starting.use(await NodeCluster.start(nats.url, 2, modelSettings));
  const { nodes } = cluster;
  const started = starting.move();
  return {
    servers: nodes,
    whole: async () => {
      for (const node of nodes) await cluster.joined(node);
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

it("[R9] [R10] [R11] two nodes over NATS: every client's log is the topic's, each event once and in order, or a gap was told", async () => {
  await playModel({ name: "model over NATS", start: twoNodes, runMs: isFull ? 60_000 : 10_000 });
});
