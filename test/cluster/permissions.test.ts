import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseApiKeys } from "../../apps/server/src/auth/api-keys.ts";
import { newNatsServer } from "../../apps/server/test/nats-server.ts";
import { Nodes } from "./nodes.ts";

const apiKey = "a-key-for-this-test";
const folder = mkdtempSync(join(tmpdir(), "switchboard-permissions-"));
let cluster: Nodes;

/** What docs/cluster.md lets a node's user do. */
function documentedConfig(): string {
  const docs = readFileSync(join(import.meta.dirname, "../../docs/cluster.md"), "utf8");
  const [, snippet = ""] = /```nats\n([^]*?)```/.exec(docs) ?? [];
  return snippet.replace("$NATS_TOKEN", "s3cret");
}

beforeAll(async () => {
  const config = join(folder, "nats.conf");
  writeFileSync(config, documentedConfig());
  cluster = await Nodes.start(
    2,
    { apiKeys: parseApiKeys(apiKey) },
    { authorization: `Bearer ${apiKey}` },
    { args: ["-c", config], login: "switchboard:s3cret@", program: newNatsServer },
  );
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

it("[R38] what docs/cluster.md lets a node's user do in NATS is enough for all that a node does", async () => {
  const [ann, bob] = await Promise.all(
    [0, 1].map((node) => cluster.welcome(node, { token: apiKey, crmIds: ["1"] })),
  );
  if (ann === undefined || bob === undefined) throw new Error("two were to be welcomed");
  bob.say({ type: "subscribe", id: 1, topic: "many.", match: "prefix" });
  await bob.next("subscribed");
  bob.say({ type: "register", id: 2, procedure: "p" });
  await bob.next("registered");
  for (const topic of ["crm.1", "many.a"]) {
    const { body } = await cluster.ask(0, "POST", "/api/v1/publish", { topic, data: topic, count: true });
    expect(body["results"]).toMatchObject([{ receivers: topic === "crm.1" ? 2 : 1 }]);
    expect(await bob.next("event")).toMatchObject({ topic });
  }
  ann.say({ type: "call", id: 3, procedure: "p" });
  bob.say({ type: "yield", id: (await bob.next("invocation"))["id"], data: "all" });
  expect(await ann.next("result")).toMatchObject({ data: "all" });
  const there = await cluster.ask(0, "GET", "/api/v1/topics/crm.1/presence");
  expect(there.body["sessions"]).toHaveLength(2);
  const { body: history } = await cluster.ask(1, "GET", "/api/v1/topics/crm.1/history");
  expect(history["events"]).toMatchObject([{ data: "crm.1" }]);
  const again = await cluster.welcome(1, { token: apiKey, resume: ann.resume });
  expect(again.id).toBe(ann.id);
  const { body: made } = await cluster.ask(0, "POST", "/api/v1/tickets", { crmIds: ["1"] });
  const withTicket = { authorization: `Bearer ${String(made["ticket"])}` };
  const statusOf = async (node: number) =>
    (await cluster.ask(node, "POST", "/api/v1/call", { procedure: "p" }, withTicket)).status;
  expect([await statusOf(0), await statusOf(1)]).toEqual([403, 401]);
  expect(cluster.nats.log).not.toMatch(/violation/i);
});
