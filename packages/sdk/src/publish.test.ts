import { describe, expect, it, vi } from "vitest";
import { connected, connecting, until } from "../test/connected.ts";
import { jsonText, type Published } from "./index.ts";

describe("publishing", () => {
  it("resolves with what the server says, each with its own, in whatever order", async () => {
    using all = await connected();
    const first = all.client.publish({ topic: "a", data: 1, echo: true, name: "n" });
    const second = all.client.publish({ crmIds: ["42"], data: null, key: "k", exclude: ["s"] });
    const { id } = await all.peer.next();
    await all.peer.play(`
      > publish {"crmIds":["42"],"exclude":["s"],"key":"k","data":null}
      < published {"publication":"second"}
    `);
    all.peer.send({ type: "published", id, publication: "first", results: [] });
    expect((await first).publication).toBe("first");
    expect((await second).publication).toBe("second");
  });

  it("sends JSON text unchanged, after everything else", async () => {
    using all = await connected();
    const texts: string[] = [];
    all.peer.hear = (said) => {
      if (said.includes("publish")) texts.push(said);
    };
    const text = `{"id": 12345678901234567890,\n"a":1.0}`;
    all.client.publish({ data: jsonText(text), topic: "a", key: "k" }).catch(() => undefined);
    await until(() => texts.length === 1);
    expect(texts[0]).toMatch(/^\{"type":"publish","id":\d+,"topic":"a","key":"k","data":/);
    expect(texts[0]?.endsWith(`"data":${text}}`)).toBe(true);
    expect(() => jsonText("{a:1}")).toThrow(SyntaxError);
  });

  it("rejects what JSON cannot say, and what the server refuses", async () => {
    using all = await connected();
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    for (const data of [undefined, 1n, circle, () => 1])
      await expect(all.client.publish({ topic: "a", data })).rejects.toMatchObject({
        code: "invalid_argument",
      });
    const refused = all.client.publish({ topic: "a", data: 1 });
    await all.peer.play(`
      > publish {"topic":"a","data":1}
      < error {"code":"invalid_payload","message":"wrong","details":[{"path":"a"}]}
    `);
    await expect(refused).rejects.toMatchObject({ code: "invalid_payload", details: [{ path: "a" }] });
  });

  it("rejects with timeout where no answer comes, and does not mind a late one", async () => {
    using all = await connected({ requestTimeoutMs: 1_000 });
    const late = all.client.publish({ topic: "a", data: 1 });
    await all.peer.play(`> publish {"topic":"a","data":1}`);
    await expect(late).rejects.toMatchObject({ code: "timeout" });
    await all.peer.play("< published");
    await all.client.ping();
  });

  it("gives the receipt that was asked for", async () => {
    using all = await connected();
    const publishing = all.client.publish({ topic: "a", data: 1, receipt: 500 });
    await all.peer.play(`
      > publish {"topic":"a","receipt":500,"data":1}
      < published
      < receipt {"acked":1,"receivers":2}
    `);
    await expect((await publishing).receipt).resolves.toEqual({ acked: 1, receivers: 2 });
  });
});

describe("publishing without a connection", () => {
  it("fails at once, with offline", async () => {
    using all = connecting();
    await expect(all.client.publish({ topic: "a", data: 1 })).rejects.toMatchObject({ code: "offline" });
  });

  it("waits in a queue, and is sent in order at the welcome", async () => {
    using all = connecting({ queue: { max: 2, ageMs: 5_000 } });
    const first = all.client.publish({ topic: "a", data: 1 });
    const second = all.client.publish({ topic: "a", data: 2 });
    await expect(all.client.publish({ topic: "a", data: 3 })).rejects.toMatchObject({
      code: "limit_exceeded",
    });
    await all.server.play(`
      > hello
      < welcome
      > publish {"topic":"a","data":1}
      < published {"publication":"one"}
      > publish {"topic":"a","data":2}
      < published {"publication":"two"}
    `);
    expect([(await first).publication, (await second).publication]).toEqual(["one", "two"]);
  });

  it("waits no longer than it may", async () => {
    using all = connecting({ queue: { max: 9, ageMs: 40 }, requestTimeoutMs: 60_000 });
    await all.server.accept();
    const from = Date.now();
    await expect(all.client.publish({ topic: "a", data: 1 })).rejects.toMatchObject({ code: "offline" });
    expect(Date.now() - from).toBeGreaterThanOrEqual(38);
  });

  it("is watched by one timer, however many wait", async () => {
    using all = connecting({ queue: { max: 1_000, ageMs: 60_000 } });
    const timers = vi.spyOn(globalThis, "setTimeout");
    const waiting = Array.from({ length: 1_000 }, (_, data) => all.client.publish({ topic: "a", data }));
    const set = timers.mock.calls.length;
    timers.mockRestore();
    expect(set).toBe(1);
    all.client.close();
    expect((await Promise.allSettled(waiting)).every(({ status }) => status === "rejected")).toBe(true);
  });

  it.each([Infinity, 30 * 24 * 3_600_000])(
    "may wait %s ms: no timer goes off at once for that",
    async (ms) => {
      const timers = vi.spyOn(globalThis, "setTimeout");
      using all = connecting({ queue: { max: 9, ageMs: ms }, requestTimeoutMs: ms });
      const waiting = all.client.publish({ topic: "a", data: 1 });
      const delays = timers.mock.calls.map(([, delay]) => delay ?? 0);
      timers.mockRestore();
      expect(delays.length).toBeGreaterThan(0);
      for (const delay of delays) expect(delay).toBeLessThan(2 ** 31);
      all.client.close();
      await expect(waiting).rejects.toMatchObject({ code: "closed" });
    },
  );

  it("ends with the client", async () => {
    using all = connecting({ queue: { max: 9, ageMs: 5_000 } });
    const publishing = all.client.publish({ topic: "a", data: 1 });
    all.client.close();
    await expect(publishing).rejects.toMatchObject({ code: "closed" });
  });
});

describe("publishing while the connection breaks", () => {
  const unknown = { code: "unavailable", message: expect.stringContaining("outcome unknown") as string };

  it("has an unknown outcome without a key, or without a queue", async () => {
    using one = await connected({ queue: { max: 9, ageMs: 5_000 } });
    using two = await connected();
    const keyless = one.client.publish({ topic: "a", data: 1 });
    const queueless = two.client.publish({ topic: "a", data: 1, key: "k" });
    await one.peer.next();
    await two.peer.next();
    one.peer.cut();
    two.peer.cut();
    await expect(keyless).rejects.toMatchObject(unknown);
    await expect(queueless).rejects.toMatchObject(unknown);
  });

  it("is done again with its key, before what came later", async () => {
    using all = await connected({ queue: { max: 9, ageMs: 5_000 } });
    const done: Promise<Published>[] = [];
    done.push(all.client.publish({ topic: "a", data: 1, key: "k1" }));
    done.push(all.client.publish({ topic: "a", data: 2, key: "k2" }));
    await all.peer.next();
    await all.peer.next();
    all.peer.cut();
    await until(() => all.client.status.state !== "live");
    done.push(all.client.publish({ topic: "a", data: 3 }));
    await all.server.play(`
      > hello {"resume":"secret"}
      < welcome
      > publish {"topic":"a","key":"k1","data":1}
      < published {"publication":"1"}
      > publish {"topic":"a","key":"k2","data":2}
      < published {"publication":"2"}
      > publish {"topic":"a","data":3}
      < published {"publication":"3"}
    `);
    expect((await Promise.all(done)).map(({ publication }) => publication)).toEqual(["1", "2", "3"]);
  });

  it("is done again before what was made while the server drained", async () => {
    using all = await connected({ queue: { max: 9, ageMs: 5_000 } });
    const first = all.client.publish({ topic: "a", data: 1, key: "k1" });
    await all.peer.play(`
      > publish {"topic":"a","key":"k1","data":1}
      < draining {"retryAfter":0}
    `);
    await until(() => all.client.status.state === "waiting");
    const second = all.client.publish({ topic: "a", data: 2 });
    all.peer.cut();
    await all.server.play(`
      > hello {"resume":"secret"}
      < welcome
      > publish {"topic":"a","key":"k1","data":1}
      < published
      > publish {"topic":"a","data":2}
      < published
    `);
    await Promise.all([first, second]);
  });
});
