import { createPublisher } from "@switchboard/sdk";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { Authority } from "../../apps/server/test/authority.ts";
import { NatsOperator } from "../../apps/server/test/nats-operator.ts";
import { NatsServer } from "../../apps/server/test/nats-server.ts";
import { historyAt } from "../recovery/rest.ts";
import { ServerProcess } from "../recovery/server-process.ts";
import { until } from "../recovery/until.ts";

const folder = mkdtempSync(join(tmpdir(), "switchboard-access-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function nodeOn(url: string, env: Readonly<Record<string, string>> = {}): ServerProcess {
  return new ServerProcess({
    SWITCHBOARD_ENGINE: "nats",
    SWITCHBOARD_NATS_URL: url,
    SWITCHBOARD_LOG: "warn",
    ...env,
  });
}

const readiness = async ({ url }: ServerProcess) => (await fetch(`${url}/readyz`)).json() as Promise<object>;

it("[R38] a node reaches NATS over TLS, with certificates on both sides and a .creds file", async () => {
  const [authority, operator] = await Promise.all([Authority.called("test"), NatsOperator.create()]);
  const pair = await authority.vouchFor("127.0.0.1");
  const [ca, cert, key] = [
    fileOf("ca.pem", authority.cert),
    fileOf("our.crt", pair.cert),
    fileOf("our.key", pair.key),
  ];
  const tls = ["--tlsverify", "--tlscert", cert, "--tlskey", key, "--tlscacert", ca];
  await using nats = await NatsServer.start([...tls, "-c", fileOf("nats.conf", operator.config)]);
  await using node = nodeOn(nats.url.replace("nats:", "tls:"), {
    SWITCHBOARD_NATS_CA: ca,
    SWITCHBOARD_NATS_CERT: cert,
    SWITCHBOARD_NATS_KEY: key,
    SWITCHBOARD_NATS_CREDS: fileOf("node.creds", await operator.credentials()),
  });
  await node.start();
  await until(async () => "engine" in (await readiness(node)) && (await fetch(`${node.url}/readyz`)).ok, {
    ms: 60_000,
    note: () => node.output,
  });
  await createPublisher({ url: node.url }).publish({ crmIds: ["42"], data: 1 });
  expect(await historyAt(node.url, "crm.42")).toMatchObject([{ data: 1 }]);
});

it("[R38] a node that is not let in waits, serves its pages, and says why, without the password", async () => {
  await using nats = await NatsServer.start(["--user", "ann", "--pass", "s3cret"]);
  await using node = nodeOn(nats.url.replace("//", "//ann:wr0ng@"));
  await node.start();
  const why = expect.stringContaining("it does not let us in: see the user and password");
  await until(async () => JSON.stringify(await readiness(node)).includes("let us in"), { ms: 60_000 });
  expect(await readiness(node)).toEqual({ status: "unavailable", engine: "nats", why });
  expect((await fetch(`${node.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${node.url}/healthz`)).status).toBe(200);
  const publishing = createPublisher({ url: node.url, retries: 0 }).publish({ crmIds: ["42"], data: 1 });
  await expect(publishing).rejects.toMatchObject({ code: "unavailable" });
  expect(node.output).toContain("SWITCHBOARD_NATS_URL");
  expect(node.output).not.toMatch(/wr0ng|s3cret/);
});

it("[R16] a node does not start with a file for NATS that will not do, and names the setting", async () => {
  await using node = nodeOn("tls://127.0.0.1:1", { SWITCHBOARD_NATS_CA: fileOf("words", "words") });
  expect(await node.launch().exited).toBe(1);
  await until(() => node.output.includes("SWITCHBOARD_NATS_CA: "));
  expect(node.output).toMatch(/^SWITCHBOARD_NATS_CA: .*words holds no PEM certificate\n$/);
});
