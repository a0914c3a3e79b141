import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Ears, natsNode, publishSurely } from "../../../test/nats-nodes.ts";
import { NatsProxy } from "../../../test/nats-proxy.ts";
import { NatsServer } from "../../../test/nats-server.ts";
import type { Draft, Event } from "../../core/event.ts";
import type { NatsEngine } from "./nats.ts";

const patience = { timeout: 60_000, interval: 20 } as const;
const folder = mkdtempSync(join(tmpdir(), "switchboard-slow-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the log over NATS, when a node does not come to read", () => {
  it("[R9] it is cut off, comes back, and hears everything once and in order, however large it is", async () => {
    const config = join(folder, "nats.conf");
    writeFileSync(config, `max_pending: 1MB\nwrite_deadline: "500ms"\n`);
    await using server = await NatsServer.start(["-c", config]);
    await using proxy = await NatsProxy.before(server.port);
    await using node = await natsNode(proxy.url, "sb");
    await using publisher = await natsNode(server.url, "sb");
    const [ears, pattern] = [new Ears(), new Ears()];
    await node.listen("kept.a", "exact", ears);
    await node.listen("kept.", "prefix", pattern);
    proxy.hold();
    const offsets: number[] = [];
    const padding = "x".repeat(30_000);
    while (!server.log.includes("Slow Consumer")) {
      const data = JSON.stringify([offsets.length, padding]);
      offsets.push((await publishSurely(publisher, "kept.a", data)).offset);
    }
    proxy.letGo();
    await expect.poll(() => ears.offsets("kept.a"), patience).toEqual(offsets);
    await expect.poll(() => pattern.offsets("kept.a"), patience).toEqual(offsets);
    expect(ears.losses + pattern.losses).toBe(0);
    await publishSurely(node, "kept.a", "last");
  });
});

describe("the log over NATS, when the server stands still", () => {
  it("[R38] it is away before two publishes, one after the other, have run out of time; each is stored once", async () => {
    await using server = await NatsServer.start();
    await using engine = await natsNode(server.url, "sb");
    const [ears, refusals] = [new Ears(), [] as string[]];
    await engine.listen("kept.a", "exact", ears);
    await server.signal("SIGSTOP");
    const draft = { publication: "p", name: "message", data: "1", key: "k" };
    while (engine.peers.connected)
      await engine.publish("kept.a", draft).catch((error: Error) => refusals.push(error.message));
    expect(refusals.length).toBeLessThanOrEqual(2);
    await expect(engine.ping()).rejects.toMatchObject({ code: "unavailable" });
    await server.signal("SIGCONT");
    const { offset } = await publishAgain(engine, draft);
    expect((await publishAgain(engine, draft)).offset).toBe(offset);
    await publishSurely(engine, "kept.a", "next");
    await expect
      .poll(() => ears.heard.get("kept.a")?.map(({ data }) => data), patience)
      .toEqual(["1", "next"]);
    expect(ears.losses).toBe(0);
  });

  it("[R38] no more waits for it than so many letters: what comes then is refused at once, and smaller events later are not", async () => {
    await using server = await NatsServer.start();
    await using engine = await natsNode(server.url, "sb");
    await server.signal("SIGSTOP");
    const large = JSON.stringify("x".repeat(1_000_000));
    const outcomes = Array.from({ length: 40 }, (_, i) =>
      engine.publish("few.a", { publication: `p${i}`, name: "message", data: large }).then(
        () => "stored",
        (error: Error) => error.message,
      ),
    );
    expect(await Promise.race(outcomes)).toBe("34 publishes wait for NATS already; nothing was stored");
    await server.signal("SIGCONT");
    const stored = (await Promise.all(outcomes)).filter((outcome) => outcome === "stored");
    expect(stored.length).toBeLessThanOrEqual(34);
    await publishSurely(engine, "few.a", "1");
  });
});

/** Publishes until it is acknowledged. */
async function publishAgain(engine: NatsEngine, draft: Draft): Promise<Event> {
  for (;;) {
    try {
      return (await engine.publish("kept.a", draft)).event;
    } catch {
      await Bun.sleep(50);
    }
  }
}
