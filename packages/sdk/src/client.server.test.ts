import { describe, expect, it } from "vitest";
import { recorder, until } from "../test/connected.ts";
import { realServer } from "../test/real-server.ts";
import { type Client, createClient, createPublisher, jsonText, type Recovered } from "./index.ts";

function clientOf(url: string, name: string) {
  const client: Client = createClient({ url, client: name, backoff: { baseMs: 5, maxMs: 20 } });
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
}

describe("with the real server", () => {
  it("hears what back ends and other clients publish, to the letter", async () => {
    using server = await realServer();
    using client = clientOf(server.url, "one");
    using other = clientOf(server.url, "two");
    const texts: string[] = [];
    const subscription = client.follow("42", ({ text, crmId }) => texts.push(`${crmId} ${text}`));
    await Promise.all([subscription.ready, other.live()]);
    const data = jsonText(`{"id": 12345678901234567890}`);
    const { results } = await createPublisher({ url: server.url }).publish({ crmIds: ["42"], data });
    expect(results).toMatchObject([{ topic: "crm.42", receivers: 1 }]);
    await other.publish({ topic: "crm.42", data: [1, "ü"] });
    await until(() => texts.length === 2);
    expect(texts).toEqual([`42 {"id": 12345678901234567890}`, `42 [1,"ü"]`]);
    expect(await client.ping()).toBeGreaterThan(0);
  });

  it("publishes once with one key, and rejects with what the server refuses", async () => {
    using server = await realServer();
    using client = clientOf(server.url, "one");
    await client.live();
    const [first, second] = await Promise.all([
      client.publish({ topic: "crm.1", data: 1, key: "k" }),
      client.publish({ topic: "crm.1", data: 1, key: "k" }),
    ]);
    expect(second.publication).toBe(first.publication);
    await expect(client.publish({ topic: "switchboard.x", data: 1 })).rejects.toMatchObject({
      code: "forbidden",
    });
    const publisher = createPublisher({ url: server.url });
    await expect(publisher.publish({ topic: "a b", data: 1 })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  it("loses nothing and hears nothing twice while it comes and goes", async () => {
    using server = await realServer();
    using client = clientOf(server.url, "one");
    const publisher = createPublisher({ url: server.url });
    const data: unknown[] = [];
    const offsets: number[] = [];
    const recovered: Recovered[] = [];
    const subscription = client.follow("42", {
      event: (event) => {
        data.push(event.data);
        offsets.push(event.offset);
      },
      gap: (gap) => data.push(gap),
      recovered: (one) => recovered.push(one),
    });
    await subscription.ready;
    for (let i = 0; i < 400; i++) {
      if (i % 20 === 10) client.close();
      if (i % 20 === 15) client.reconnect();
      await publisher.publish({ crmIds: ["42"], data: i });
    }
    await until(() => data.length >= 400);
    await client.ping();
    expect(data).toEqual(Array.from({ length: 400 }, (_, i) => i));
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    // On a busy machine some of the 20 connections end before they have recovered anything.
    expect(recovered.length).toBeGreaterThan(3);
    expect(recovered.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(20);
  });

  it("begins with the newest events, and patterns hear news", async () => {
    using server = await realServer();
    using client = clientOf(server.url, "one");
    const publisher = createPublisher({ url: server.url });
    for (const data of [1, 2, 3]) await publisher.publish({ crmIds: ["7"], data });
    const [newest, all] = [recorder(), recorder()];
    const subscription = client.subscribe("crm.7", newest, { last: 2 });
    const pattern = client.subscribe("crm.*", all, { match: "wildcard" });
    await Promise.all([subscription.ready, pattern.ready]);
    await publisher.publish({ crmIds: ["7", "8"], data: 4 });
    await until(() => newest.heard.length === 3 && all.heard.length === 2);
    expect(newest.heard.map((line) => line.endsWith("*"))).toEqual([true, true, false]);
  });

  it("asks once for each history that is wanted, where the newest event is the client's own", async () => {
    using server = await realServer();
    let asked = 0;
    class CountingWebSocket extends WebSocket {
      override send(data: Parameters<WebSocket["send"]>[0]): void {
        if (typeof data === "string" && data.includes(`"subscribe"`)) asked += 1;
        super.send(data);
      }
    }
    const client: Client = createClient({ url: server.url, WebSocket: CountingWebSocket });
    try {
      await client.follow("42").ready;
      await client.publish({ crmIds: ["42"], data: 1 });
      await Promise.all([2, 3].map((last) => client.subscribe("crm.42", {}, { last }).ready));
      for (let i = 0; i < 20; i++) await client.ping();
      // And once for the first of them, which cannot know that what it has not heard was not for it.
      expect(asked).toBe(4);
    } finally {
      client.close();
    }
  });

  it("acknowledges what was handled to a publisher who wants to know", async () => {
    using server = await realServer();
    using client = clientOf(server.url, "one");
    using publishing = clientOf(server.url, "two");
    await client.follow("42", () => Promise.resolve()).ready;
    await publishing.live();
    const publication = { crmIds: ["42"], data: 1, receipt: 20_000 };
    const published = [
      await publishing.publish(publication),
      await createPublisher({ url: server.url }).publish(publication),
    ];
    for (const { receipt } of published) expect(await receipt).toEqual({ acked: 1, receivers: 1 });
  });

  it("tells back ends who is there, and what they listen to", async () => {
    using server = await realServer();
    using client = clientOf(server.url, "the first");
    await client.follow("42").ready;
    const publisher = createPublisher({ url: server.url });
    expect(await publisher.topics({ prefix: "crm." })).toEqual([{ topic: "crm.42", subscribers: 1 }]);
    expect(await publisher.topic("crm.42")).toMatchObject({ topic: "crm.42", subscribers: 1, history: 0 });
    expect(await publisher.sessions()).toMatchObject([
      { client: "the first", topics: [{ topic: "crm.42" }] },
    ]);
    await client.follow("42").unsubscribe();
    const [one, two] = await publisher.publishBatch([
      { topic: "a", data: 1 },
      { topic: "a b", data: 1 },
    ]);
    expect(one).toMatchObject({ results: [{ topic: "a" }] });
    expect(two).toMatchObject({ code: "invalid_argument" });
  });

  it("waits where the server stops, and keeps its session where the connection breaks", async () => {
    using server = await realServer();
    using client = clientOf(server.url, "one");
    await client.live();
    const before = client.status;
    client.reconnect();
    await client.live();
    expect(client.status).toMatchObject({
      state: "live",
      session: before.state === "live" && before.session,
    });
    const stopped = server.stop();
    await until(() => client.status.state === "waiting");
    await stopped;
    expect(client.status.state).not.toBe("closed");
  });
});
