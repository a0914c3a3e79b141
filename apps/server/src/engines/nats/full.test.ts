import { jetstreamManager, type JetStreamManager, type StreamConfig } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Ears, natsNode } from "../../../test/nats-nodes.ts";
import { NatsServer } from "../../../test/nats-server.ts";
import type { NatsEngine } from "./nats.ts";

const patience = { timeout: 60_000, interval: 20 } as const;
const folder = mkdtempSync(join(tmpdir(), "switchboard-full-"));
afterAll(() => rmSync(folder, { recursive: true }));

const large = JSON.stringify("x".repeat(20_000));

interface FullNats extends AsyncDisposable {
  readonly url: string;
  readonly engine: NatsEngine;
  readonly manager: JetStreamManager;
  readonly news: readonly string[];
}

/** A server with this configuration, an engine on it, and somebody who may change its streams. */
async function startWith(name: string, config: string): Promise<FullNats> {
  const file = join(folder, `${name}.conf`);
  writeFileSync(file, config);
  const server = await NatsServer.start(["-c", file]);
  const news: string[] = [];
  const url = server.url.replace("//", "//ann:secret@");
  const engine = await natsNode(url, "sb", (text) => news.push(text));
  const client = await connect({ servers: new URL(url).host, user: "ann", pass: "secret" });
  return {
    url,
    engine,
    news,
    manager: await jetstreamManager(client),
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]();
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const streamOf = "sb-20000-3600000-";
const users = "users: [{ user: ann, password: secret }]";

async function change(manager: JetStreamManager, config: Partial<StreamConfig>): Promise<void> {
  for await (const {
    config: { name },
  } of manager.streams.list())
    if (name.startsWith(streamOf)) await manager.streams.update(name, config);
}

async function purge(manager: JetStreamManager): Promise<void> {
  for await (const { config } of manager.streams.list())
    if (config.name.startsWith(streamOf)) await manager.streams.purge(config.name);
}

/** Publishes until it is refused; what was acknowledged, and the refusal. */
async function publishUntilRefused(engine: NatsEngine) {
  const offsets: number[] = [];
  for (let i = 0; i < 1_000; i++) {
    const draft = { publication: `p${i}`, name: "message", data: large, key: `k${i}` };
    try {
      offsets.push((await engine.publish("kept.a", draft)).event.offset);
    } catch (refusal) {
      return { offsets, draft, refusal };
    }
  }
  throw new Error("it was to be full");
}

async function offsetsOf(engine: NatsEngine, topic: string): Promise<number[]> {
  const history = await engine.history(topic, { last: 10_000 });
  const offsets: number[] = [];
  for (let page = await history.next(); page.length > 0; page = await history.next())
    offsets.push(...page.map(({ offset }) => offset));
  return offsets;
}

const bounds = [
  {
    bound: "max_file_store",
    config: `jetstream { max_file_store: 2MB }\nauthorization { ${users} }`,
    says: "NATS has no room: a server's storage is used up (max_file_store, or the disk)",
    room: purge,
  },
  {
    bound: "max_file of the account",
    config: `jetstream {}\naccounts { A { jetstream { max_file: 2MB }, ${users} } }`,
    says: "NATS has no room: its account's storage is used up (max_file)",
    room: purge,
  },
  {
    bound: "max_bytes of the stream, with discard: new",
    config: `jetstream {}\nauthorization { ${users} }`,
    limit: { max_bytes: 500_000, discard: "new" } as Partial<StreamConfig>,
    says: "NATS has no room: a stream's storage is used up (its max_bytes, or max_msgs)",
    room: (manager: JetStreamManager) => change(manager, { max_bytes: 5_000_000 }),
  },
];

describe("the log over NATS, when its store is full", () => {
  it.each(bounds)(
    "[R38] $bound: what is not stored is refused, and says why; it goes on by itself when there is room",
    async ({ bound, config, limit, says, room }) => {
      await using nats = await startWith(bound, config);
      const { engine, manager, news } = nats;
      if (limit !== undefined) await change(manager, limit);
      const ears = new Ears();
      await engine.listen("kept.a", "exact", ears);
      const { offsets, draft, refusal } = await publishUntilRefused(engine);
      expect(refusal).toMatchObject({ code: "unavailable", message: says });
      expect(offsets.length).toBeGreaterThan(10);
      expect(await offsetsOf(engine, "kept.a")).toEqual(offsets);
      await expect(engine.publish("kept.a", draft)).rejects.toMatchObject({ message: says });
      expect(news.filter((text) => text.includes("no room"))).toEqual([
        says.replace("NATS has no room:", "NATS has no room, publishes are refused:"),
      ]);
      await room(manager);
      offsets.push((await engine.publish("kept.a", draft)).event.offset);
      await expect.poll(() => ears.offsets("kept.a"), patience).toEqual(offsets);
      expect(ears.losses).toBe(0);
      await engine.ping();
    },
  );

  it("[R38] where not a heartbeat has room any longer, it is not ready, and says why; another node starts all the same", async () => {
    await using nats = await startWith(
      "all",
      `jetstream { max_file_store: 2MB }\nauthorization { ${users} }`,
    );
    const { engine, manager } = nats;
    const { refusal } = await publishUntilRefused(engine);
    const message = "NATS has no room: a server's storage is used up (max_file_store, or the disk)";
    expect(refusal).toMatchObject({ message });
    await expect(engine.ping()).rejects.toMatchObject({ code: "unavailable", message });
    await using late = await natsNode(nats.url, "sb");
    expect(late.records.secret).toBe(engine.records.secret);
    const draft = { publication: "p", name: "message", data: "1", key: "last", retain: true };
    await expect(engine.publish("kept.b", draft)).rejects.toMatchObject({ code: "unavailable", message });
    await purge(manager);
    await engine.ping();
    await engine.publish("kept.b", draft);
    expect(await engine.retained("kept.b")).toMatchObject({ publication: "p", data: "1" });
  });

  it("[R38] where no stream can be made any more, it says why, and starts when it may make them", async () => {
    const config = (most: number) =>
      `jetstream {}\naccounts { A { jetstream { max_streams: ${most} }, ${users} } }`;
    const file = join(folder, "streams.conf");
    writeFileSync(file, config(10));
    await using server = await NatsServer.start(["-c", file]);
    const news: string[] = [];
    const starting = natsNode(server.url.replace("//", "//ann:secret@"), "sb", (text) => news.push(text));
    const why = "its account has as many streams as it may (max_streams)";
    await expect.poll(() => news, patience).toContain(`NATS has no room, publishes are refused: ${why}`);
    const told = (what: string) => news.filter((text) => text.startsWith(what)).length;
    for (let returns = 1; returns <= 3; returns++) {
      await server.signal("SIGTERM");
      await server.start();
      await expect.poll(() => told("connected to NATS"), patience).toBe(1 + returns);
    }
    await expect.poll(() => told("NATS is there, but has no streams"), patience).toBeGreaterThan(0);
    // As long as it takes until it is tried again: whoever tries beside it would tell it, too.
    await Bun.sleep(1_500);
    expect(told("NATS is there, but has no streams")).toBe(1);
    writeFileSync(file, config(100));
    await server.signal("SIGTERM");
    await server.start();
    await using engine = await starting;
    await engine.ping();
  });

  it("[R38] what is larger than its stream takes is too_large: to repeat it is of no use", async () => {
    await using nats = await startWith("size", `jetstream {}\nauthorization { ${users} }`);
    await change(nats.manager, { max_msg_size: 5_000 });
    const draft = { publication: "p", name: "message", data: large };
    await expect(nats.engine.publish("kept.a", draft)).rejects.toMatchObject({ code: "too_large" });
    await nats.engine.publish("kept.a", { ...draft, data: "1" });
  });
});
