import { createPublisher } from "@switchboard/sdk";
import { expect, it } from "vitest";
import { NatsServer } from "../../apps/server/test/nats-server.ts";
import { historyAt } from "../recovery/rest.ts";
import { ServerProcess } from "../recovery/server-process.ts";
import { until } from "../recovery/until.ts";
import { Witness } from "../recovery/witness.ts";
import { report } from "./report.ts";

const patience = { ms: 90_000, everyMs: 50 } as const;

function nodeOn(nats: NatsServer): ServerProcess {
  return new ServerProcess({
    SWITCHBOARD_ENGINE: "nats",
    SWITCHBOARD_NATS_URL: nats.url,
    SWITCHBOARD_LOG: "warn",
  });
}

const statusOf = async (url: string) => (await fetch(url)).status;

it("[R38] a node that starts while NATS is away waits and says so, serves its pages, and is ready when NATS comes", async () => {
  await using nats = await NatsServer.start();
  await nats.signal("SIGKILL");
  await using node = nodeOn(nats);
  await node.start();
  expect(await statusOf(`${node.url}/readyz`)).toBe(503);
  expect(await statusOf(`${node.url}/healthz`)).toBe(200);
  const page = await statusOf(`${node.url}/messagetoclient`);
  const publisher = createPublisher({ url: node.url, retries: 0 });
  const publish = () => publisher.publish({ crmIds: ["42"], data: 1, key: "k" });
  await expect(publish()).rejects.toMatchObject({ code: "unavailable" });
  const upgrade = { upgrade: "websocket", connection: "upgrade" };
  expect((await fetch(`${node.url}/ws`, { headers: upgrade })).status).toBe(503);
  expect(node.output).toContain(`waiting for NATS at 127.0.0.1:${nats.port}`);
  await nats.start();
  await until(async () => (await statusOf(`${node.url}/readyz`)) === 200, patience);
  expect(await statusOf(`${node.url}/messagetoclient`)).toBe(page);
  await publish();
});

it("[R38] while NATS is away sessions stay for 10 s, then come back later; everything missed is heard when it is back, once", async () => {
  await using nats = await NatsServer.start();
  await using node = nodeOn(nats);
  await node.start();
  const publisher = createPublisher({ url: node.url, retries: 0 });
  let count = 0;
  let refused = 0;
  const publish = async (times: number) => {
    for (let i = 0; i < times; i++) {
      const key = `k${(count += 1)}`;
      const isAccepted = () =>
        publisher.publish({ crmIds: ["42"], data: count, key }).then(
          () => true,
          () => ((refused += 1), false),
        );
      await until(isAccepted, patience);
    }
  };
  const witness = new Witness(node.url, "crm.42", "handler");
  await witness.begun;
  await publish(20);
  await nats.signal("SIGKILL");
  const during = publish(1);
  const sessions = async () => {
    const metrics = await (await fetch(`${node.url}/metrics`)).text();
    const counts = [...metrics.matchAll(/^switchboard_sessions\{.*\} (\d+)/gm)];
    return counts.reduce((sum, [, sessionCount]) => sum + Number(sessionCount), 0);
  };
  expect(await sessions()).toBe(1);
  await until(async () => (await sessions()) === 0, patience);
  await nats.start();
  await during;
  await publish(20);
  const all = await historyAt(node.url, "crm.42");
  await witness.reaches(all.at(-1)?.offset ?? 0);
  expect(witness.faults(all)).toEqual([]);
  expect(witness.log.map(({ data }) => data)).toEqual(Array.from({ length: 41 }, (_, i) => i + 1));
  expect(witness.gaps).toEqual([]);
  report("NATS away", { accepted: count, refused, heard: witness.log.length, recovered: witness.recovered });
  witness.close();
});
