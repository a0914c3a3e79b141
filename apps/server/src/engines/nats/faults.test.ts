import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Ears, natsNode, publishSurely } from "../../../test/nats-nodes.ts";
import { NatsProxy } from "../../../test/nats-proxy.ts";
import { NatsServer } from "../../../test/nats-server.ts";
import { shardOf } from "./layout.ts";

const patience = { timeout: 60_000, interval: 20 } as const;
const draft = { publication: "p", name: "message", data: "1" };

describe("the log over NATS, when the server fails", () => {
  it("[R9] killed and started again under load: what was acknowledged is heard once, in order, by all", async () => {
    await using server = await NatsServer.start();
    await using publisher = await natsNode(server.url, "sb");
    await using hearer = await natsNode(server.url, "sb");
    const [ears, pattern] = [new Ears(), new Ears()];
    const topics = ["kept.a", "kept.b", "c"];
    for (const topic of topics) await hearer.listen(topic, "exact", ears);
    await hearer.listen(">", "wildcard", pattern);
    const all = topics.map(async (topic) => {
      const offsets: number[] = [];
      for (let i = 0; i < 120; i++) offsets.push((await publishSurely(publisher, topic, `${i}`)).offset);
      return offsets;
    });
    await expect.poll(() => ears.offsets("c").length, patience).toBeGreaterThan(20);
    await server.signal("SIGKILL");
    await expect(publisher.publish("kept.a", draft)).rejects.toMatchObject({ code: "unavailable" });
    await expect(publisher.ping()).rejects.toMatchObject({ code: "unavailable" });
    const asked = publisher.position("kept.a");
    await expect(asked).rejects.toMatchObject({ message: expect.stringContaining("cannot be reached") });
    await server.start();
    for (const [i, offsets] of (await Promise.all(all)).entries()) {
      const topic = topics[i] ?? "";
      expect(new Set(offsets).size).toBe(120);
      await expect.poll(() => ears.offsets(topic), patience).toEqual(offsets);
      await expect.poll(() => pattern.offsets(topic), patience).toEqual(offsets);
    }
    expect(ears.losses).toBe(0);
    await publisher.ping();
  });

  it("[R10] with its store wiped: another epoch, whoever listens is told, and it goes on", async () => {
    await using server = await NatsServer.start();
    await using engine = await natsNode(server.url, "sb");
    const [ears, pattern] = [new Ears(), new Ears()];
    await engine.listen("kept.a", "exact", ears);
    await engine.listen("kept.", "prefix", pattern);
    for (let i = 0; i < 5; i++) await publishSurely(engine, "kept.a", `${i}`);
    const before = await engine.position("kept.a");
    await server.signal("SIGKILL");
    rmSync(join(server.folder, "js"), { recursive: true });
    await server.start();
    await expect.poll(() => ears.losses > 0 && pattern.losses > 0, patience).toBe(true);
    expect(ears.losses).toBe(1);
    const { epoch } = await publishSurely(engine, "kept.a", "after");
    expect(epoch).not.toBe(before.epoch);
    expect((await engine.history("kept.a", { since: before })).complete).toBe(false);
    await expect.poll(() => ears.heard.get("kept.a")?.at(-1)?.data, patience).toBe("after");
    await expect.poll(() => pattern.heard.get("kept.a")?.at(-1)?.data, patience).toBe("after");
  });

  it("frozen for a while: publishes wait, and nothing is lost or heard twice", async () => {
    await using server = await NatsServer.start();
    await using engine = await natsNode(server.url, "sb");
    const ears = new Ears();
    await engine.listen("kept.a", "exact", ears);
    await server.signal("SIGSTOP");
    const accepted = Promise.all([0, 1, 2].map((i) => publishSurely(engine, "kept.a", `${i}`)));
    await Bun.sleep(500);
    expect(ears.heard.size).toBe(0);
    await server.signal("SIGCONT");
    const offsets = (await accepted).map(({ offset }) => offset);
    await expect.poll(() => ears.offsets("kept.a"), patience).toEqual(offsets);
  });
});

describe("the log over NATS, when live messages are lost on the way", () => {
  it.each(["exact", "prefix"] as const)(
    "[R13] the last event of a topic is found by the heartbeats, though no other follows (%s)",
    async (match) => {
      await using server = await NatsServer.start();
      await using proxy = await NatsProxy.before(server.port);
      await using engine = await natsNode(proxy.url, "sb");
      const ears = new Ears();
      await engine.listen("kept.a", match, ears);
      const offsets = [(await publishSurely(engine, "kept.a", "0")).offset];
      proxy.isDeaf = true;
      for (const data of ["1", "2"]) offsets.push((await publishSurely(engine, "kept.a", data)).offset);
      await expect.poll(() => proxy.lost, patience).toBeGreaterThan(2);
      expect(ears.offsets("kept.a")).toEqual(offsets.slice(0, 1));
      proxy.isDeaf = false;
      await expect.poll(() => ears.offsets("kept.a"), patience).toEqual(offsets);
      expect(ears.losses).toBe(0);
    },
  );

  it("[R9] what is lost between two events is heard before the second of them", async () => {
    await using server = await NatsServer.start();
    await using proxy = await NatsProxy.before(server.port);
    await using engine = await natsNode(proxy.url, "sb");
    const ears = new Ears();
    await engine.listen("kept.a", "exact", ears);
    const accepted = [];
    for (let round = 0; round < 5; round++) {
      proxy.isDeaf = true;
      const before = proxy.lost;
      accepted.push(publishSurely(engine, "kept.a", `lost ${round}`));
      await expect.poll(() => proxy.lost, { ...patience, interval: 1 }).toBeGreaterThan(before);
      proxy.isDeaf = false;
      accepted.push(publishSurely(engine, "kept.a", `next ${round}`));
    }
    const offsets = (await Promise.all(accepted)).map(({ offset }) => offset);
    await expect.poll(() => ears.offsets("kept.a"), patience).toEqual(offsets);
  });

  it("[R13] where the log no longer has them, whoever listens is told", async () => {
    await using server = await NatsServer.start();
    await using proxy = await NatsProxy.before(server.port);
    await using engine = await natsNode(proxy.url, "sb");
    const [ears, other] = [new Ears(), new Ears()];
    await engine.listen("few.a", "exact", ears);
    const neighbour = Array.from({ length: 99 }, (_, i) => `few.${i}`).find(
      (topic) => shardOf(topic, 4) === shardOf("few.a", 4),
    );
    await engine.listen(neighbour ?? "", "exact", other);
    await publishSurely(engine, "few.a", "0");
    proxy.isDeaf = true;
    await Promise.all(Array.from({ length: 150 }, (_, i) => publishSurely(engine, "few.a", `more ${i}`)));
    proxy.isDeaf = false;
    await expect.poll(() => ears.losses, patience).toBe(1);
    const { offset } = await publishSurely(engine, "few.a", "20");
    await expect.poll(() => ears.offsets("few.a").at(-1), patience).toBe(offset);
    expect(other.losses).toBe(0);
  });
});
