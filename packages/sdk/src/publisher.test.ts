import { describe, expect, it } from "vitest";
import { createPublisher, jsonText, SwitchboardError } from "./index.ts";

interface Asked {
  readonly path: string;
  readonly method: string;
  readonly body: string;
  readonly headers: Headers;
}

/** An HTTP server that gives these answers, one after the other, the last one for ever. */
function answering(...answers: readonly [Response | undefined, ...(Response | undefined)[]]) {
  const asked: Asked[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const { method, headers } = request;
      asked.push({ path: pathname + search, method, headers, body: await request.text() });
      return (answers[asked.length - 1] ?? answers.at(-1) ?? new Response("?", { status: 500 })).clone();
    },
  });
  return { asked, url: server.url.href, [Symbol.dispose]: () => void server.stop(true) };
}

const published = { publication: "p", results: [{ topic: "a", epoch: "e", offset: 1, receivers: 0 }] };

describe("the publisher", () => {
  it("posts the publication with the key of the back end and a key of its own", async () => {
    using server = answering(Response.json(published));
    const publisher = createPublisher({ url: server.url, apiKey: "secret" });
    expect(await publisher.publish({ topic: "a", data: jsonText("1.0") })).toEqual(published);
    const [asked] = server.asked;
    const key = asked?.headers.get("idempotency-key");
    expect(key).toMatch(/^[0-9a-f-]{36}$/);
    expect(asked).toMatchObject({ path: "/api/v1/publish", method: "POST" });
    expect(asked?.body).toBe(`{"topic":"a","key":"${key}","data":1.0}`);
    expect(asked?.headers.get("authorization")).toBe("Bearer secret");
    expect(asked?.headers.get("content-type")).toBe("application/json");
  });

  it.each([undefined, ""])("shows no key where the environment has none: %j", async (apiKey) => {
    using server = answering(Response.json(published));
    await createPublisher({ url: server.url, apiKey }).publish({ topic: "a", data: 1 });
    expect(server.asked[0]?.headers.has("authorization")).toBe(false);
  });

  it("tries again what an unavailable server lost, with the same key", async () => {
    const unavailable = { error: { code: "unavailable", message: "the engine cannot be reached" } };
    using server = answering(Response.json(unavailable, { status: 503 }), Response.json(published));
    await createPublisher({ url: server.url }).publish({ topic: "a", data: 1 });
    expect(server.asked).toHaveLength(2);
    expect(server.asked[0]?.body).toBe(server.asked[1]?.body);
  });

  it("gives up after its retries, and where nobody listens", async () => {
    using server = answering(new Response("bad gateway", { status: 502 }));
    const publisher = createPublisher({ url: server.url, retries: 1 });
    await expect(publisher.publish({ topic: "a", data: 1 })).rejects.toMatchObject({ code: "unavailable" });
    expect(server.asked).toHaveLength(2);
    const nobody = createPublisher({ url: "http://127.0.0.1:1", retries: 0 });
    await expect(nobody.publish({ topic: "a", data: 1 })).rejects.toMatchObject({ code: "unavailable" });
  });

  it("does not try again what was refused, and rejects with the server's code and details", async () => {
    const refusal = { error: { code: "invalid_payload", message: "wrong", details: [1] } };
    using server = answering(Response.json(refusal, { status: 422, headers: { "retry-after": "2" } }));
    const error = await createPublisher({ url: server.url })
      .publish({ topic: "a", data: 1 })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(SwitchboardError);
    expect(error).toMatchObject({
      code: "invalid_payload",
      message: "wrong",
      details: [1],
      retryAfterMs: 2_000,
    });
    expect(server.asked).toHaveLength(1);
  });

  it("publishes a batch, each with its own result or error", async () => {
    const refusal = { error: { code: "forbidden", message: "no" } };
    using server = answering(Response.json({ results: [published, refusal] }));
    const publisher = createPublisher({ url: `${server.url}/` });
    const [first, second] = await publisher.publishBatch([
      { topic: "a", data: 1, key: "k" },
      { crmIds: ["42"], data: 2 },
    ]);
    expect(first).toEqual(published);
    expect(second).toMatchObject({ name: "SwitchboardError", code: "forbidden" });
    expect(server.asked[0]?.path).toBe("/api/v1/publish/batch");
    const { publications } = JSON.parse(server.asked[0]?.body ?? "") as { publications: { key: string }[] };
    expect(publications.map(({ key }) => key)).toEqual(["k", expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  it("asks for topics and sessions", async () => {
    using server = answering(
      Response.json({ topics: [{ topic: "a b", subscribers: 1 }] }),
      Response.json({ topic: "a/b", subscribers: 0, epoch: "e", offset: 0, history: 0 }),
      Response.json({ sessions: [] }),
      Response.json({}),
    );
    const publisher = createPublisher({ url: server.url });
    expect(await publisher.topics({ prefix: "a&" })).toEqual([{ topic: "a b", subscribers: 1 }]);
    expect(await publisher.topic("a/b")).toMatchObject({ history: 0 });
    expect(await publisher.sessions()).toEqual([]);
    await expect(publisher.sessions()).rejects.toMatchObject({ code: "internal" });
    expect(server.asked.map(({ path }) => path).slice(0, 3)).toEqual([
      "/api/v1/topics?prefix=a%26",
      "/api/v1/topics/a%2Fb",
      "/api/v1/sessions",
    ]);
  });

  it("refuses an address that is none", () => {
    expect(() => createPublisher({ url: "localhost" })).toThrow("url: localhost is no http address");
  });
});
