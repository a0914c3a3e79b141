import { createClient } from "@switchboard/sdk";
import { describe, expect, it } from "vitest";
import { Follower } from "./follower.ts";
import { Proxy } from "./proxy.ts";
import { RawSocket } from "./raw-socket.ts";
import { publishManyAt, topicAt } from "./rest.ts";
import { ServerProcess } from "./server-process.ts";
import { report } from "./size.ts";
import { until } from "./until.ts";

const heartbeatMs = 400;
const beating = { SWITCHBOARD_HEARTBEAT_MS: String(heartbeatMs) };

describe("a peer that is dead", () => {
  it("[R13] but reads: is pinged, and ended (4004) within one and a half heartbeats; whoever answers stays", async () => {
    await using server = await ServerProcess.start(beating);
    using dead = new RawSocket(server.port, { answersPings: false });
    using quiet = new RawSocket(server.port);
    for (const socket of [dead, quiet]) {
      socket.say({ type: "hello" });
      await until(() => socket.of("welcome").length === 1);
      socket.say({ type: "subscribe", id: 1, topic: "crm.1" });
      await until(() => socket.of("subscribed").length === 1);
    }
    const silentSince = performance.now();
    let events = 0;
    // What it is sent does not count as a sign of life.
    await until(async () => {
      events += (await publishManyAt(server.url, "crm.1", 1)).length;
      return dead.closeCode !== undefined;
    });
    const ms = Math.round(performance.now() - silentSince);
    report("dead peer", { endedAfterMs: ms, pings: dead.pings, events });
    // At the visit after its one ping; how many ms that took is printed, not asserted: the machine is shared.
    expect([dead.closeCode, dead.pings]).toEqual([4004, 1]);
    expect(dead.of("event").length).toBeGreaterThan(0);
    await until(async () => (await topicAt(server.url, "crm.1")).subscribers === 1);
    await until(() => quiet.pings >= 5);
    expect([quiet.closeCode, quiet.gone]).toEqual([undefined, false]);
  });

  it("[R13] a server that has gone silent: the SDK finds out, comes back, and misses nothing", async () => {
    await using server = await ServerProcess.start(beating);
    await using proxy = await Proxy.before(server.port);
    const statuses: string[] = [];
    const heard: unknown[] = [];
    const client = createClient({
      url: proxy.url,
      backoff: { baseMs: 20, maxMs: 100 },
      requestTimeoutMs: 2_000,
      onError: () => undefined,
    });
    client.onStatus((status) => {
      if (status.state !== statuses.at(-1)?.split(":")[0])
        statuses.push(status.state === "waiting" ? `waiting: ${status.reason}` : status.state);
    });
    const subscription = client.subscribe("crm.2", ({ data }) => heard.push(data));
    await subscription.ready;
    await publishManyAt(server.url, "crm.2", 10);
    await until(() => heard.length === 10);
    statuses.length = 0;
    proxy.silence(true);
    const silentSince = performance.now();
    await publishManyAt(server.url, "crm.2", 10, (i) => 10 + i);
    await until(() => statuses.length > 0);
    const ms = Math.round(performance.now() - silentSince);
    await Bun.sleep(0);
    expect(heard.length).toBe(10);
    proxy.silence(false);
    await until(() => heard.length === 20);
    client.close();
    report("silent server", { foundAfterMs: ms });
    expect(heard).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(statuses[0]).toMatch(/^waiting: nothing came for \d+ ms$/);
  });
});

describe("who comes back", () => {
  it.each(["SIGKILL", "SIGTERM"] as const)(
    "[R12] keeps its session's id across a restart by %s",
    async (signal) => {
      await using server = await ServerProcess.start();
      using follower = new Follower(server.url, "crm.3");
      await follower.subscription.ready;
      const session = () =>
        follower.client.status.state === "live" ? follower.client.status.session : undefined;
      const first = session();
      await server.end(signal);
      await until(() => follower.client.status.state !== "live");
      await server.start();
      await until(() => session() !== undefined);
      expect(first).toMatch(/^\w{32}$/);
      expect(session()).toBe(first);
      const excluded = { topic: "crm.3", data: "not for it", exclude: [first] };
      await fetch(`${server.url}/api/v1/publish`, { method: "POST", body: JSON.stringify(excluded) });
      await until(() => follower.recovered.length > 0);
      await publishManyAt(server.url, "crm.3", 1, () => "for it");
      await until(() => follower.data.length > 0);
      expect(follower.data).toEqual(["for it"]);
    },
  );
});
