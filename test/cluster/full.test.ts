import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { NatsServer } from "../../apps/server/test/nats-server.ts";
import { Peer } from "../../apps/server/test/peer.ts";
import { historyAt } from "../recovery/rest.ts";
import { ServerProcess } from "../recovery/server-process.ts";
import { until } from "../recovery/until.ts";

const why = "NATS has no room: a server's storage is used up (max_file_store, or the disk)";
const refused = { code: "unavailable", message: why };
const topic = "crm.42";
const padding = "x".repeat(20_000);

const folder = mkdtempSync(join(tmpdir(), "switchboard-full-"));
afterAll(() => rmSync(folder, { recursive: true }));
const config = join(folder, "nats.conf");

function boundTo(size: string): void {
  writeFileSync(config, `jetstream { max_file_store: ${size} }\n`);
}

it("[R38] with NATS full, each way to publish is refused and says why, and so do /readyz and the log; who listens misses nothing", async () => {
  boundTo("2MB");
  await using nats = await NatsServer.start(["-c", config]);
  await using node = await ServerProcess.start({
    SWITCHBOARD_ENGINE: "nats",
    SWITCHBOARD_NATS_URL: nats.url,
    SWITCHBOARD_LOG: "warn",
  });
  const post = async (path: string, body: object) => {
    const response = await fetch(`${node.url}/api/v1/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as object };
  };
  const peer = new Peer(new WebSocket(`${node.url.replace("http", "ws")}/ws`));
  await peer.opened;
  peer.say({ type: "hello" });
  peer.say({ type: "subscribe", id: 1, topic });
  await peer.next("subscribed");

  let next = 0;
  const publishNext = async () => {
    const { status } = await post("publish", { topic, data: [next, padding], key: `k${next}` });
    if (status === 200) next += 1;
    return status === 200;
  };
  while (await publishNext()) expect(next).toBeLessThan(1_000);

  const large = { topic, data: padding };
  expect(await post("publish", large)).toMatchObject({ status: 503, body: { error: refused } });
  const batch = await post("publish/batch", { publications: [large, large] });
  expect(batch.body).toMatchObject({ results: [{ error: refused }, { error: refused }] });
  peer.say({ type: "publish", id: 2, ...large });
  await peer.until(() => peer.heard.some(({ type }) => type === "error"));
  expect(peer.heard.find(({ type }) => type === "error")).toMatchObject({ id: 2, ...refused });
  const isReady = async () => (await fetch(`${node.url}/readyz`)).ok;
  await until(async () => !(await isReady()));
  expect(await (await fetch(`${node.url}/readyz`)).json()).toMatchObject({ why });
  expect(node.output).toContain("NATS has no room, publishes are refused: a server's storage is used up");

  await nats.signal("SIGTERM");
  boundTo("20MB");
  await nats.start();
  await until(publishNext, { ms: 60_000, everyMs: 50 });
  await until(isReady, { ms: 60_000 });
  const numbers = Array.from({ length: next }, (_, i) => i);
  const numberOf = ({ data }: { readonly data?: unknown }) => (data as [number, string])[0];
  expect((await historyAt(node.url, topic)).map(numberOf)).toEqual(numbers);
  const events = () => peer.heard.filter(({ type }) => type === "event");
  await peer.until(() => events().length >= next);
  expect(events().map(numberOf)).toEqual(numbers);
});
