import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { RealServer } from "../../../test/real-server.ts";

const server = new RealServer({ history: [{ pattern: "crm.*", events: 1_000, ageMs: 3_600_000 }] });
const small = new RealServer({ limits: { frameBytesMax: 1_000, frameBytesHardMax: 4_000 } });

const publish = (body: unknown, headers?: Record<string, string>) =>
  server.ask("POST", "/api/v1/publish", body, headers);
const batch = (publications: unknown) => server.ask("POST", "/api/v1/publish/batch", { publications });

/** The status and the error, as `400 invalid_argument topic`: the last word is the field that the message names. */
function faultOf({ status, body }: { readonly status: number; readonly body: unknown }): string {
  const { error } = body as { error: { code: string; message: string } };
  const [, field] = /^([\w.[\]-]+): /.exec(error.message) ?? [];
  return [status, error.code, ...(field === undefined ? [] : [field])].join(" ");
}

describe("POST /api/v1/publish", () => {
  it("[R15] publishes, and says what came of it", async () => {
    const peer = await server.welcome("http");
    const { status, body } = await publish({ crmIds: ["http", "nobody"], data: { text: "hello" } });
    expect(status).toBe(200);
    expect(body).toEqual({
      publication: expect.any(String) as unknown,
      results: [
        {
          topic: "crm.http",
          epoch: expect.any(String) as unknown,
          offset: expect.any(Number) as unknown,
          receivers: 1,
        },
        {
          topic: "crm.nobody",
          epoch: expect.any(String) as unknown,
          offset: expect.any(Number) as unknown,
          receivers: 0,
        },
      ],
    });
    expect(await peer.next("event")).toMatchObject({
      topic: "crm.http",
      data: { text: "hello" },
      publication: body["publication"],
    });
  });

  it("[R15] carries the data as it was sent", async () => {
    const data = '{ "b":1.0,\n"a":12345678901234567890 }';
    await publish(`{"data" :${data}, "crmIds":["asis"]}`);
    const { text } = await server.ask("GET", "/api/v1/topics/crm.asis/history");
    expect(text).toContain(`"data":${data}}`);
  });

  it("[R11] the Idempotency-Key header stands for key", async () => {
    const first = await publish({ topic: "a", data: 1 }, { "idempotency-key": "k1" });
    const again = await publish({ topic: "a", data: 1, key: "k1" });
    expect(again.body).toEqual({
      ...first.body,
      results: [{ ...(first.body["results"] as object[])[0], duplicate: true }],
    });
    expect(faultOf(await publish({ topic: "a", data: 2 }, { "idempotency-key": "k1" }))).toBe(
      "400 invalid_argument key",
    );
    const differs = await publish({ topic: "a", data: 1, key: "k2" }, { "idempotency-key": "k1" });
    expect(faultOf(differs)).toBe("400 invalid_argument key");
  });

  it.each([
    ["400 bad_frame", ""],
    ["400 bad_frame", "{"],
    ["400 bad_frame", "[]"],
    ["400 bad_frame", "null"],
    ["400 bad_frame", '"text"'],
    ["400 bad_frame", "crmIds=42&data=1"],
    ["400 invalid_argument data", "{}"],
    ["400 invalid_argument data", '{"topic":"a"}'],
    ["400 invalid_argument topic", '{"data":1}'],
    ["400 invalid_argument topic", '{"data":1,"topic":"a","crmIds":["1"]}'],
    ["400 invalid_argument topic", '{"data":1,"topic":"a b"}'],
    ["400 invalid_argument topic", '{"data":1,"topic":7}'],
    ["400 invalid_argument crmIds", '{"data":1,"crmIds":[]}'],
    ["400 invalid_argument crmIds", '{"data":1,"crmIds":"42"}'],
    ["400 invalid_argument crmIds[1]", '{"data":1,"crmIds":["42","4 2"]}'],
    ["400 invalid_argument name", '{"data":1,"topic":"a","name":" "}'],
    ["400 invalid_argument exclude", '{"data":1,"topic":"a","exclude":"s"}'],
    ["400 invalid_argument onlyCrmIds", '{"data":1,"topic":"a","onlyCrmIds":[]}'],
    ["400 invalid_argument key", '{"data":1,"topic":"a","key":""}'],
    ["403 forbidden topic", '{"data":1,"topic":"switchboard.x"}'],
    ["403 forbidden topic", '{"data":1,"topic":"wamp.x"}'],
  ])("[R15] %s is the answer to %s", async (fault, body) => {
    const answer = await publish(body);
    expect(faultOf(answer)).toBe(fault);
    expect(answer.headers.get("content-type")).toContain("application/json");
  });

  it("[R15] a body that is no UTF-8 is refused, whether its length is told or not: it would not arrive as it was sent", async () => {
    const bytes = Buffer.from('{"topic":"utf8","data":"ÿ"}', "latin1");
    const chunked = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes);
        controller.close();
      },
    });
    for (const body of [bytes, chunked]) {
      const response = await fetch(server.url("/api/v1/publish"), { method: "POST", body });
      expect([response.status, await response.json()]).toEqual([
        400,
        { error: { code: "bad_frame", message: "the body must be UTF-8" } },
      ]);
    }
  });

  it("[R14] a body over frameBytesMax is too large, whether its length is told or not", async () => {
    const body = JSON.stringify({ topic: "a", data: "x".repeat(1_000) });
    expect(faultOf(await small.ask("POST", "/api/v1/publish", body))).toBe("413 too_large");
    const stream = new Blob([body]).stream();
    const chunked = await fetch(small.url("/api/v1/publish"), { method: "POST", body: stream });
    expect(chunked.status).toBe(413);
    const wide = JSON.stringify({ topic: "a", data: "é".repeat(490) });
    expect(faultOf(await small.ask("POST", "/api/v1/publish", wide))).toBe("413 too_large");
    expect((await small.ask("POST", "/api/v1/publish", { topic: "a", data: "x".repeat(900) })).status).toBe(
      200,
    );
  });

  it("[R15] no more is taken of a body without a length than there may be", async () => {
    let taken = 0;
    const endless = new ReadableStream<Uint8Array>({
      async pull(controller) {
        taken += 1;
        controller.enqueue(new Uint8Array(65_536));
        if (taken === 1_000) controller.close();
        await Bun.sleep(1);
      },
    });
    const { status } = await fetch(small.url("/api/v1/publish"), { method: "POST", body: endless });
    expect(status).toBe(413);
    expect(taken).toBeLessThan(1_000);
  });
});

describe("POST /api/v1/publish/batch", () => {
  it("[R15] gives each publication its own result or error, in order", async () => {
    const peer = await server.welcome("b1", "b2");
    const { status, body } = await batch([
      { crmIds: ["b1"], data: 1 },
      { crmIds: ["b 1"], data: 2 },
      7,
      { topic: "switchboard.x", data: 3 },
      { crmIds: ["b2"], data: 4 },
      { crmIds: ["b1"], data: 5 },
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      results: [
        { results: [{ topic: "crm.b1", receivers: 1 }] },
        { error: { code: "invalid_argument", message: expect.stringMatching(/^crmIds\[0\]: /) as unknown } },
        { error: { code: "invalid_argument" } },
        { error: { code: "forbidden" } },
        { results: [{ topic: "crm.b2" }] },
        { results: [{ topic: "crm.b1" }] },
      ],
    });
    await expect.poll(() => peer.heard.length, { interval: 2 }).toBe(3);
    expect(peer.heard.map(({ data }) => data)).toEqual([1, 4, 5]);
  });

  it("[R15] publications carry the data as it was sent", async () => {
    await server.ask(
      "POST",
      "/api/v1/publish/batch",
      '{"publications":[ {"topic":"crm.raw","data":1.0} , {"data":[ 2 ],"topic":"crm.raw"}]}',
    );
    expect((await server.ask("GET", "/api/v1/topics/crm.raw/history")).text).toMatch(
      /"data":1\.0}.*"data":\[ 2 \]}/,
    );
  });

  it("[R11] has no key as a whole: a header that says one is refused, not ignored", async () => {
    const body = { publications: [{ topic: "whole", data: 1 }] };
    const answer = await server.ask("POST", "/api/v1/publish/batch", body, { "idempotency-key": "k" });
    expect(faultOf(answer)).toBe("400 invalid_argument Idempotency-Key");
    expect((await server.ask("GET", "/api/v1/topics/whole")).body).toMatchObject({ offset: 0 });
  });

  it("[R11] one key twice in a batch is one event", async () => {
    const { body } = await batch([
      { topic: "crm.twice", data: 1, key: "k" },
      { topic: "crm.twice", data: 1, key: "k" },
    ]);
    const [first, second] = body["results"] as { results: object[] }[];
    expect(second?.results).toEqual([{ ...first?.results[0], duplicate: true }]);
  });

  it.each([
    ["nothing", undefined],
    ["no array", {}],
    ["an empty array", []],
    ["1,001 of them", Array.from({ length: 1_001 }, () => ({ topic: "a", data: 1 }))],
  ])("[R15] %s is no batch", async (_, publications) => {
    expect(faultOf(await batch(publications))).toBe("400 invalid_argument publications");
  });

  it("[R14] a publication over frameBytesMax is too large, a batch over frameBytesHardMax too", async () => {
    const large = { topic: "a", data: "x".repeat(1_000) };
    const ask = (publications: unknown[]) => small.ask("POST", "/api/v1/publish/batch", { publications });
    expect((await ask([large, { topic: "a", data: 1 }])).body).toMatchObject({
      results: [{ error: { code: "too_large" } }, { results: [{ topic: "a" }] }],
    });
    expect((await ask([{ topic: "a", data: "é".repeat(600) }])).body).toMatchObject({
      results: [{ error: { code: "too_large" } }],
    });
    expect(faultOf(await ask([large, large, large, large]))).toBe("413 too_large");
  });
});

describe("topics", () => {
  it("[R15] lists those with subscribers, by prefix", async () => {
    await server.welcome("list1", "list2");
    await server.welcome("list1");
    const { body } = await server.ask("GET", "/api/v1/topics?prefix=crm.list");
    expect(body).toEqual({
      topics: [
        { topic: "crm.list1", subscribers: 2 },
        { topic: "crm.list2", subscribers: 1 },
      ],
    });
  });

  it("[R15] tells where one stands", async () => {
    await publish({ crmIds: ["one"], data: 1 });
    const { body } = await publish({ crmIds: ["one"], data: 2 });
    const [{ epoch, offset }] = body["results"] as [{ epoch: string; offset: number }];
    expect((await server.ask("GET", "/api/v1/topics/crm.one")).body).toEqual({
      topic: "crm.one",
      subscribers: 0,
      epoch,
      offset,
      history: 2,
    });
  });

  it("[R15] a topic with slashes and the like is named in the path by its escapes", async () => {
    const topic = "http://example.com/simple#topic";
    const { body } = await server.ask("GET", `/api/v1/topics/${encodeURIComponent(topic)}`);
    expect(body).toMatchObject({ topic, subscribers: 0 });
  });

  it.each(["a%20b", "x".repeat(256), "%00", "%E0%A4%A"])("[R15] %s is no topic", async (topic) => {
    const { status, body } = await server.ask("GET", `/api/v1/topics/${topic}`);
    if (topic === "%E0%A4%A") expect(status).toBeLessThan(500);
    else expect(faultOf({ status, body })).toBe("400 invalid_argument topic");
  });

  it("[R10] history gives the newest, or what came after a position, and says whether it is complete", async () => {
    const offsets: number[] = [];
    let epoch = "";
    for (let data = 0; data < 5; data++) {
      const { body } = await publish({ crmIds: ["past"], data, name: `n${data}` });
      const [result] = body["results"] as [{ epoch: string; offset: number }];
      offsets.push(result.offset);
      epoch = result.epoch;
    }
    const history = (query: string) => server.ask("GET", `/api/v1/topics/crm.past/history${query}`);
    expect((await history("?limit=2")).body).toMatchObject({
      topic: "crm.past",
      epoch,
      offset: offsets[4],
      complete: true,
      events: [
        { offset: offsets[3], name: "n3", data: 3 },
        { offset: offsets[4], name: "n4", data: 4 },
      ],
    });
    const since = (await history(`?since=${offsets[1]}&epoch=${epoch}&limit=2`)).body;
    expect(since).toMatchObject({ complete: true, events: [{ data: 2 }, { data: 3 }] });
    expect((await history(`?since=${offsets[1]}&epoch=other`)).body).toMatchObject({ complete: false });
  });

  it("[R7] switchboard.history gives as many as it is asked for, the newest among them, and their data as it was sent", async () => {
    const data = `{ "deep":${"[".repeat(50_000)}${"]".repeat(50_000)},"big":12345678901234567890 }`;
    await publish(`{"crmIds":["long"],"data":${data}}`);
    await batch(Array.from({ length: 700 }, (_, i) => ({ crmIds: ["long"], data: i })));
    const history = (last: number) =>
      server.ask("POST", "/api/v1/call", {
        procedure: "switchboard.history",
        data: { topic: "crm.long", last },
      });
    const { events } = (await history(700)).body["data"] as { events: { data: unknown }[] };
    expect(events.map((event) => event.data)).toEqual(Array.from({ length: 700 }, (_, i) => i));
    expect((await history(701)).text).toContain(`"data":${data}}`);
  });

  it.each([
    ["epoch", "?since=1"],
    ["epoch", "?epoch=e"],
    ["since", "?since=x&epoch=e"],
    ["since", "?since=-1&epoch=e"],
    ["since", "?since=&epoch=e"],
    ["since", "?since=0x1&epoch=e"],
    ["since", "?since=9007199254740992&epoch=e"],
    ["limit", "?limit="],
    ["limit", "?limit=1e2"],
    ["limit", "?limit=0"],
    ["limit", "?limit=1001"],
    ["limit", "?limit=x"],
  ])("[R15] the message names %s in history%s", async (field, query) => {
    const answer = await server.ask("GET", `/api/v1/topics/crm.past/history${query}`);
    expect(faultOf(answer)).toBe(`400 invalid_argument ${field}`);
  });
});

describe("sessions", () => {
  it("[R15] are listed, described, and ended", async () => {
    const peer = server.open();
    await peer.opened;
    peer.say({ type: "hello", crmIds: ["s"], client: "a test" });
    const { session } = await peer.next("welcome");
    peer.say({ type: "subscribe", id: 1, topic: "x.", match: "prefix" });
    await peer.next("subscribed");
    const described = {
      session,
      client: "a test",
      dialect: "switchboard.1",
      address: "127.0.0.1",
      since: expect.any(Number) as unknown,
      crmIds: ["s"],
      topics: [
        { topic: "crm.s", match: "exact" },
        { topic: "x.", match: "prefix" },
      ],
    };
    const one = `/api/v1/sessions/${String(session)}`;
    expect((await server.ask("GET", one)).body).toEqual(described);
    expect((await server.ask("GET", "/api/v1/sessions")).body["sessions"]).toContainEqual(described);
    expect((await server.ask("DELETE", one)).body).toEqual({ disconnected: true });
    expect(await peer.closed).toBe(1001);
    expect(faultOf(await server.ask("GET", one))).toBe("404 not_found session");
    expect(faultOf(await server.ask("DELETE", one))).toBe("404 not_found session");
  });
});

describe("the server's state", () => {
  it("[R15] healthz, readyz and status", async () => {
    expect(await server.ask("GET", "/healthz")).toMatchObject({ status: 200, body: { status: "ok" } });
    expect(await server.ask("GET", "/readyz")).toMatchObject({
      status: 200,
      body: { status: "ready", engine: "local" },
    });
    expect((await server.ask("GET", "/api/v1/status")).body).toMatchObject({
      server: "switchboard",
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as unknown,
      engine: "local",
      since: expect.any(Number) as unknown,
      sessions: expect.any(Number) as unknown,
      topics: expect.any(Number) as unknown,
      eventsPerSecond: expect.any(Number) as unknown,
    });
  });

  it.each([
    ["GET", "/api/v1/publish"],
    ["PUT", "/api/v1/publish"],
    ["DELETE", "/api/v1/topics/a"],
    ["POST", "/api/v1/sessions"],
    ["POST", "/ws"],
    ["POST", "/"],
    ["GET", "/api/v1"],
    ["GET", "/api/v2/publish"],
    ["GET", "/nothing"],
    ["GET", "/../../etc/passwd"],
    ["GET", "/%2e%2e/%2e%2e/etc/passwd"],
    ["OPTIONS", "/api/v1/publish"],
  ])("[R15] there is no %s %s, and the answer says so", async (method, path) => {
    const answer = await server.ask(method, path, method === "POST" || method === "PUT" ? {} : undefined);
    expect(faultOf(answer)).toMatch(/^404 not_found/);
  });

  it("[R15] what the server's own procedures do not take names the field, with the issues", async () => {
    const call = (procedure: string, data: unknown) =>
      server.ask("POST", "/api/v1/call", { procedure: `switchboard.${procedure}`, data });
    const answer = await call("history", { topic: "a", last: 0 });
    expect(faultOf(answer)).toBe("400 invalid_argument last");
    expect(answer.body).toMatchObject({ error: { details: [{ path: "last", code: "too_small" }] } });
    expect(faultOf(await call("presence", { topic: "a b" }))).toBe("400 invalid_argument topic");
    expect(faultOf(await call("presence", 1))).toBe("400 invalid_argument");
    expect(faultOf(await call("disconnect", { sesion: "s" }))).toBe("400 invalid_argument session");
  });

  it.each([
    ["GET /readyz HTTP/1.0", "200"],
    ["GET /api/v1/topics?prefix=a HTTP/1.0", "200"],
    ["GET /nothing HTTP/1.0", "404"],
    ["GET /readyz HTTP/1.1\r\nHost:", "200"],
  ])("[R15] %j without a Host, as load balancers ask, is answered %s", async (asked, status) => {
    const socket = connect(Number(new URL(server.url("/")).port), "127.0.0.1");
    socket.write(`${asked}\r\n\r\n`);
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    expect(answer.toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it("[R16] a fault of the server is not shown", async () => {
    const answers = await Promise.all([publish("{"), server.ask("GET", "/nothing")]);
    for (const { text } of answers) expect(text).not.toMatch(/\.ts|node_modules|\n\s+at /);
  });
});
