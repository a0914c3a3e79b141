import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { jetstreamManager, type StreamAPI } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import { Ears, natsNode, publishSurely } from "../../../test/nats-nodes.ts";
import { NatsProxy } from "../../../test/nats-proxy.ts";
import { NatsServer } from "../../../test/nats-server.ts";
import { shardOf, shardsPerBook } from "./layout.ts";
import type { NatsEngine } from "./nats.ts";

const patience = { timeout: 30_000, interval: 20 } as const;

/** Starts the server again with what `change` makes of its store. */
async function restartedWith(server: NatsServer, change: (store: string) => void): Promise<void> {
  await server.signal("SIGKILL");
  change(join(server.folder, "js"));
  await server.start();
}

const wipe = (store: string) => rmSync(store, { recursive: true });

/** What an operator may do, past the nodes. */
async function asOperator<Result>(server: NatsServer, act: (streams: StreamAPI) => Promise<Result>) {
  const connection = await connect({ servers: server.url });
  try {
    return await act((await jetstreamManager(connection)).streams);
  } finally {
    await connection.close();
  }
}

const deleteAll = (server: NatsServer) =>
  asOperator(server, async (streams) => {
    for await (const { config } of streams.list()) await streams.delete(config.name);
  });

/** How far the stream of the topic's events went, heartbeats among them. */
const lastOf = (server: NatsServer, topic: string) =>
  asOperator(server, async (streams) => {
    const name = `sb-20000-3600000-${shardOf(topic, shardsPerBook)}`;
    return (await streams.info(name)).state.last_seq;
  });

async function isUp(node: NatsEngine): Promise<void> {
  await expect.poll(() => node.ping().catch(() => "not yet"), patience).toBe(undefined);
}

describe("the log over NATS, when an operator touches the store", () => {
  it("[R10] [R38] an old copy of it is put back: another epoch on all nodes, and whoever listens is told", async () => {
    await using server = await NatsServer.start();
    await using proxy = await NatsProxy.before(server.port);
    await using engine = await natsNode(proxy.url, "sb");
    const [ears, pattern, lateEars] = [new Ears(), new Ears(), new Ears()];
    await engine.listen("kept.a", "exact", ears);
    await engine.listen("kept.", "prefix", pattern);
    await publishSurely(engine, "kept.a", "copied");
    const copy = join(server.folder, "copy");
    await restartedWith(server, (store) => cpSync(store, copy, { recursive: true }));
    // So many that the heartbeats of whoever comes to the copy first do not make up for them.
    for (let i = 0; i < 500; i++) await publishSurely(engine, "kept.a", `lost ${i}`);
    const before = await engine.position("kept.a");
    // Whoever listens goes by what it heard some heartbeats ago.
    const far = (await lastOf(server, "kept.a")) + 12;
    await expect.poll(() => lastOf(server, "kept.a"), patience).toBeGreaterThan(far);
    expect(ears.losses + pattern.losses).toBe(0);

    proxy.isShut = true;
    await restartedWith(server, (store) => {
      wipe(store);
      cpSync(copy, store, { recursive: true });
    });
    // Whoever comes now cannot know, until one comes back that can.
    await using idle = await natsNode(server.url, "sb");
    await using late = await natsNode(server.url, "sb");
    await late.listen("kept.a", "exact", lateEars);
    for (const node of [idle, late]) expect((await node.position("kept.a")).epoch).toBe(before.epoch);
    proxy.isShut = false;
    await expect.poll(() => [ears.losses, lateEars.losses], patience).toEqual([1, 1]);
    await expect.poll(() => pattern.losses, patience).toBeGreaterThan(0);
    for (let i = 0; i < 9; i++) await publishSurely(engine, "kept.a", `after ${i}`);
    const { epoch } = await idle.position("kept.a");
    expect(epoch).not.toBe(before.epoch);
    for (const node of [engine, late, idle]) {
      expect((await node.position("kept.a")).epoch).toBe(epoch);
      expect((await node.history("kept.a", { since: before })).complete).toBe(false);
    }
    for (const one of [ears, pattern, lateEars])
      await expect.poll(() => one.heard.get("kept.a")?.at(-1)?.data, patience).toBe("after 8");
  });

  it("[R10] what a leader tells that stood still, and is none any more, is no old copy: the epoch stays, and nobody is told of a loss", async () => {
    await using server = await NatsServer.start();
    await using proxy = await NatsProxy.before(server.port);
    await using engine = await natsNode(proxy.url, "sb");
    const [ears, pattern] = [new Ears(), new Ears()];
    await engine.listen("kept.a", "exact", ears);
    await engine.listen("kept.", "prefix", pattern);
    const { epoch } = await publishSurely(engine, "kept.a", "before");
    await expect.poll(() => lastOf(server, "kept.a"), patience).toBeGreaterThan(12);
    proxy.isOld = true;
    // What is lost on the way has the node look.
    proxy.isDeaf = true;
    await expect.poll(() => proxy.lost, patience).toBeGreaterThan(shardsPerBook * 4);
    proxy.isDeaf = false;
    await expect.poll(() => proxy.told, patience).toBeGreaterThan(shardsPerBook * 4);
    proxy.isOld = false;
    expect((await publishSurely(engine, "kept.a", "after")).epoch).toBe(epoch);
    for (const one of [ears, pattern])
      await expect
        .poll(() => one.heard.get("kept.a")?.map(({ data }) => data), patience)
        .toEqual(["before", "after"]);
    expect(ears.losses + pattern.losses).toBe(0);
  });

  it("[R10] [R38] an old copy of it is put back while nobody listens: another epoch", async () => {
    await using server = await NatsServer.start();
    await using engine = await natsNode(server.url, "sb");
    const copy = join(server.folder, "copy");
    await restartedWith(server, (store) => cpSync(store, copy, { recursive: true }));
    await publishSurely(engine, "kept.a", "lost");
    const before = await engine.position("kept.a");
    await restartedWith(server, (store) => {
      wipe(store);
      cpSync(copy, store, { recursive: true });
    });
    await publishSurely(engine, "kept.a", "after");
    expect((await engine.position("kept.a")).epoch).not.toBe(before.epoch);
    expect((await engine.history("kept.a", { since: before })).complete).toBe(false);
  });

  it.each([
    ["the store is wiped", (server: NatsServer) => restartedWith(server, wipe)],
    ["the streams are deleted", deleteAll],
  ])("[R10] [R38] %s while nobody listens: it goes on, in another epoch", async (_, fail) => {
    await using server = await NatsServer.start();
    await using engine = await natsNode(server.url, "sb");
    await publishSurely(engine, "kept.a", "lost");
    await engine.publish("kept.a", { publication: "p", name: "message", data: "1", retain: true });
    const before = await engine.position("kept.a");

    await fail(server);
    const { epoch, offset } = await publishSurely(engine, "kept.a", "after");
    expect(epoch).not.toBe(before.epoch);
    expect(await engine.position("kept.a")).toEqual({ epoch, offset });
    expect((await engine.history("kept.a", { since: before })).complete).toBe(false);
    await expect.poll(() => engine.retained("kept.a").catch(() => "unavailable"), patience).toBe(undefined);
    await expect
      .poll(() => engine.records.useUp("ticket").catch(() => "unavailable"), patience)
      .toBe(undefined);
    await expect(engine.records.useUp("ticket")).rejects.toMatchObject({ code: "unauthenticated" });
    await isUp(engine);
  });

  it("[R12] [R38] the store is wiped: what the nodes sign with stays, also for those that come later", async () => {
    await using server = await NatsServer.start();
    await using engine = await natsNode(server.url, "sb");
    const { secret } = engine.records;
    await restartedWith(server, wipe);
    const secrets = () =>
      asOperator(server, async (streams) => (await streams.info("sb-secret")).state.messages);
    await expect.poll(() => secrets().catch(() => 0), patience).toBe(1);
    await using late = await natsNode(server.url, "sb");
    expect(late.records.secret).toBe(secret);
  });
});
