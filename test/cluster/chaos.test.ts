import { it } from "vitest";
import { Crowd } from "../recovery/crowd.ts";
import { isFull } from "../recovery/size.ts";
import { until } from "../recovery/until.ts";
import { expectHeard } from "./expect-heard.ts";
import { NatsCluster } from "./nats-cluster.ts";
import { NodeCluster } from "./node-cluster.ts";
import { Publishers } from "./publishers.ts";
import { report } from "./report.ts";

const clients = isFull ? 300 : 120;
const records = 30;
const rounds = isFull ? 3 : 1;
/** How long a server stands still, in ms: its nodes move to another meanwhile. */
const frozenMs = 8_000;

it(`[R10] three NATS servers, three nodes, ${clients} clients: what was acknowledged is heard by all, once and in order, whatever fails`, async () => {
  await using nats = await NatsCluster.start();
  await using cluster = await NodeCluster.start(nats.urls, 3);
  using crowd = new Crowd();
  await crowd.start(cluster.balancer.url, clients, records);
  const publishers = new Publishers(cluster.balancer.url, records, 8);
  /** Resolves when so many more were acknowledged. */
  const more = async (count: number) => {
    const goal = publishers.accepted + count;
    await until(() => publishers.accepted >= goal, { ms: 60_000 });
  };
  const counts = { leaderKills: 0, nodeKills: 0, routeCuts: 0, freezes: 0 };
  for (let round = 0; round < rounds; round++) {
    await more(100);
    const leader = nats.servers[await nats.leader()];
    await leader?.signal("SIGKILL");
    counts.leaderKills += 1;
    await more(100);
    await leader?.start();

    const node = cluster.nodes[round % 3];
    await node?.end("SIGKILL");
    counts.nodeKills += 1;
    await more(100);
    await node?.start();
    await nats.whole();

    for (const server of [0, 1, 2]) nats.cutRoutes(server);
    counts.routeCuts += 3;
    await more(200);
    await nats.whole();

    // Where servers stand still, NATS 2.9 loses what it acknowledged.
    if (!isFull || !(await nats.isSound())) continue;
    const frozen = nats.servers[round % 3];
    await frozen?.signal("SIGSTOP");
    counts.freezes += 1;
    await more(100);
    await Bun.sleep(frozenMs);
    await frozen?.signal("SIGCONT");
    await more(100);
    await nats.whole();
  }
  await publishers.stop();
  const { failures, longestMs } = publishers;
  // Where servers were killed, replicas of NATS 2.9 may differ for good, and a history read from another leader with them.
  const url = (await nats.isSound()) ? cluster.nodes[0]?.url : undefined;
  const heard = await expectHeard(crowd, publishers, { url, records, clients });
  report("chaos", {
    clients,
    ...counts,
    ...heard,
    failures,
    longestMs,
    history: url === undefined ? "not compared (NATS before 2.12)" : "the same",
  });
});
