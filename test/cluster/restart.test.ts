import { expect, it } from "vitest";
import { NatsServer } from "../../apps/server/test/nats-server.ts";
import { Crowd } from "../recovery/crowd.ts";
import { until } from "../recovery/until.ts";
import { expectHeard } from "./expect-heard.ts";
import { NodeCluster } from "./node-cluster.ts";
import { Publishers } from "./publishers.ts";
import { report } from "./report.ts";

const clients = 120;
const records = 30;

it("[R18] nodes that are restarted one after the other behind a load balancer: the clients move over, and nothing is lost", async () => {
  await using nats = await NatsServer.start();
  await using cluster = await NodeCluster.start(nats.url, 3);
  using crowd = new Crowd();
  await crowd.start(cluster.balancer.url, clients, records);
  const publishers = new Publishers(cluster.balancer.url, records, 4);
  for (const node of cluster.nodes) {
    const goal = publishers.accepted + 100;
    expect(await node.end("SIGTERM")).toBe(0);
    await node.start();
    await cluster.joined(node);
    await until(() => publishers.accepted >= goal, { ms: 60_000 });
  }
  await until(async () => (await crowd.state()).live === clients, { ms: 60_000, everyMs: 100 });
  await publishers.stop();
  const url = cluster.nodes[0]?.url ?? "";
  const heard = await expectHeard(crowd, publishers, { url, records, clients });
  const { failures, longestMs } = publishers;
  report("rolling restart", { clients, ...heard, failures, longestMs });
  expect(heard.comebacks).toBeGreaterThanOrEqual(clients);
});
