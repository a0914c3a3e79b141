import { createClient } from "@switchboard/sdk";
import { expect, it } from "vitest";
import { NatsServer } from "../../apps/server/test/nats-server.ts";
import { until } from "../recovery/until.ts";
import { NodeCluster } from "./node-cluster.ts";
import { report } from "./report.ts";

it("[R19][R21] a node that dies takes its calls and its sessions along: unavailable, and left; what it answered is free", async () => {
  await using nats = await NatsServer.start();
  await using cluster = await NodeCluster.start(nats.url, 2);
  const [here, there] = cluster.nodes.map(({ url }) => createClient({ url, onError: () => undefined }));
  if (here === undefined || there === undefined) throw new Error("two nodes were to be started");
  const begun = Promise.withResolvers<void>();
  await there.handle("slow", () => {
    begun.resolve();
    return new Promise(() => {});
  }).ready;
  await there.follow("1", () => undefined).ready;
  const present = new Set<string>();
  const watching = here.subscribe("crm.1", {
    presence: ({ joined, left }) => {
      for (const { session } of joined) present.add(session);
      for (const { session } of left) present.delete(session);
    },
  });
  await watching.ready;
  await until(() => present.size === 2, { ms: 30_000 });
  let failedAt = 0;
  const calling = here.call("slow", null).catch((error: unknown) => {
    failedAt = performance.now();
    return error;
  });
  await begun.promise;
  const killedAt = performance.now();
  await cluster.nodes[1]?.end("SIGKILL");
  expect(await calling).toMatchObject({ code: "unavailable" });
  await until(() => present.size === 1, { ms: 30_000 });
  const leftAt = performance.now();
  there.close();
  await here.handle("slow", () => "quick").ready;
  expect(await here.call("slow", null)).toBe("quick");
  const { sessions } = (await (await fetch(`${cluster.nodes[0]?.url}/api/v1/sessions`)).json()) as {
    readonly sessions: readonly unknown[];
  };
  expect(sessions).toHaveLength(1);
  report("a node is killed", {
    callFailedAfterMs: Math.round(failedAt - killedAt),
    leftAfterMs: Math.round(leftAt - killedAt),
  });
  here.close();
});
