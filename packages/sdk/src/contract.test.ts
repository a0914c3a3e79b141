import { describe, expect, it } from "vitest";
import { until } from "../test/connected.ts";
import { contract } from "../test/contract.ts";
import { contracted } from "../test/contracted.ts";
import { record, schema, slow } from "../test/schemas.ts";
import { CallError, createPublisher, defineContract, SwitchboardError } from "./index.ts";

/** A client as JavaScript sees it. */
interface Loose {
  subscribe(...given: readonly unknown[]): unknown;
  handle(...given: readonly unknown[]): unknown;
  call(...given: readonly unknown[]): Promise<unknown>;
  publish(...given: readonly unknown[]): Promise<unknown>;
}

const subscribed = `
  > subscribe {"topic":"crm.42"}
  < subscribed {"offset":0}
`;

describe("[R23] what is received", () => {
  it("is given as its schema gives it; what breaks the contract is reported, and nobody hears it", async () => {
    using all = await contracted({ validate: "received" });
    const heard: unknown[] = [];
    const subscription = all.client.follow("42", (event) => {
      if (event.name === "due") heard.push(event.data.getTime(), event.text);
      else heard.push(event.data);
    });
    subscription.on("event", ({ offset }) => heard.push(offset));
    await all.peer.play(`
      ${subscribed}
      < event {"offset":1,"name":"note","data":{"text":1}}
      < event {"offset":2,"name":"due","data":"1970-01-01"}
      < event {"offset":3,"name":"nothing","data":1}
      < event {"offset":4,"name":"note","data":{"text":"hello"}}
    `);
    await until(() => heard.length === 5);
    expect(heard).toEqual([0, '"1970-01-01"', 2, { text: "hello" }, 4]);
    expect(all.errors).toMatchObject([
      { code: "invalid_payload", message: "crm.42 note: data.text: must be a string" },
      { code: "invalid_payload", message: /^crm\.42 nothing: name: must be one of/ },
    ]);
    expect(subscription.position?.offset).toBe(4);
  });

  it("is not acknowledged where it breaks the contract, nor does a loop see it", async () => {
    using all = await contracted();
    const loop = all.client.subscribe("crm.{crmId}", { crmId: "42" })[Symbol.asyncIterator]();
    await all.peer.play(`
      ${subscribed}
      < event {"offset":1,"name":"note","ack":"bad","data":{}}
      < event {"offset":2,"name":"note","ack":"good","data":{"text":"hello"}}
    `);
    expect((await loop.next()).value).toMatchObject({ offset: 2 });
    void loop.next();
    await all.peer.play(`> ack {"ack":"good"}`);
  });

  it("a call's output and progress are checked at the caller, and so are its errors", async () => {
    using all = await contracted();
    const parts: unknown[] = [];
    const onProgress = (part: unknown) => {
      parts.push(part);
      return Promise.reject(new Error("a bug in the page"));
    };
    const broken = all.client.call("deal.close", { id: "1" }, { onProgress });
    await all.peer.play(`
      > call {"procedure":"deal.close","timeout":30000,"progress":true,"data":{"id":"1"}}
      < result {"progress":true,"data":"half"}
      < result {"progress":true,"data":50}
      < result {"data":{"ok":"yes"}}
    `);
    await expect(broken).rejects.toMatchObject({
      code: "invalid_payload",
      message: "output.ok: must be a boolean",
    });
    expect(parts).toEqual([50]);
    expect(all.errors).toMatchObject([
      { message: "progress: must be a number" },
      { message: "a bug in the page" },
    ]);

    const time = all.client.call("server.time");
    await all.peer.play(`
      > call {"procedure":"server.time","timeout":30000}
      < result {"data":"1970-01-01"}
    `);
    expect((await time).getTime()).toBe(0);
  });

  it("a failed try is a result, whose code is the contract's or the protocol's", async () => {
    using all = await contracted();
    const answers = [
      `{"code":"GONE","message":"it is gone","details":{"at":7}}`,
      `{"code":"GONE","message":"it is gone","details":{"at":"7"}}`,
      `{"code":"LOST","message":"it is lost"}`,
      `{"code":"timeout","message":"too late"}`,
    ];
    const results = [];
    for (const answer of answers) {
      const trying = all.client.try("deal.close", { id: "1" });
      await all.peer.play(`
        > call {"procedure":"deal.close","timeout":30000,"data":{"id":"1"}}
        < error ${answer}
      `);
      results.push(await trying);
    }
    expect(results).toMatchObject([
      { ok: false, error: { code: "GONE", details: { at: 7 } } },
      { ok: false, error: { code: "invalid_payload", message: "details.at: must be a number" } },
      { ok: false, error: { code: "internal", message: "LOST: it is lost" } },
      { ok: false, error: { code: "timeout" } },
    ]);
    const [gone] = results;
    expect(gone && !gone.ok && gone.error).toBeInstanceOf(CallError);
  });

  it("a handler's input is checked before it hears of it", async () => {
    using all = await contracted({ validate: "received" });
    const inputs: unknown[] = [];
    all.client.handle("crm.{crmId}.confirm", { crmId: "42" }, ({ input, params, error, progress }) => {
      inputs.push([input.question, params.crmId]);
      progress("half" as never);
      if (input.question === "who") throw error("NOBODY_HERE", "nobody", { since: 1 });
      return { yes: 1 } as never;
    });
    await all.peer.play(`
      > register {"procedure":"crm.42.confirm"}
      < registered
      < invocation {"id":1,"procedure":"crm.42.confirm","data":{"question":1}}
      > error {"code":"invalid_payload","message":"data.question: must be a string","details":[{"path":"data.question","message":"must be a string"}]}
      < invocation {"id":2,"procedure":"crm.42.confirm","data":{"question":"who"}}
      > error {"code":"NOBODY_HERE","message":"nobody","details":{"since":1}}
      < invocation {"id":3,"procedure":"crm.42.confirm","progress":true,"data":{"question":"?"}}
      > yield {"progress":true,"data":"half"}
      > yield {"data":{"yes":1}}
    `);
    expect(inputs).toEqual([
      ["who", "42"],
      ["?", "42"],
    ]);
    expect(all.errors).toEqual([]);
  });
});

describe("[R23] what is sent", () => {
  it("is checked by default: nothing leaves that breaks the contract", async () => {
    using all = await contracted();
    const { client } = all;
    const breaches = [
      [
        client.publish({ crmIds: ["42"], name: "note", data: { text: 1 as never } }),
        "data.text: must be a string",
      ],
      [
        client.publish({ topic: "crm.42", name: "none" as never, data: {} as never }),
        /^name: must be one of/,
      ],
      [client.publish({ topic: "olds" as never, name: "headline", data: { title: "" } }), /^topic: /],
      [client.call("deal.close", { id: 1 as never }), "data.id: must be a string"],
    ] as const;
    for (const [sending, message] of breaches)
      await expect(sending).rejects.toMatchObject({ code: "invalid_payload", message });
    await client.ping();
    expect(all.peer.isQuiet).toBe(true);
    client.publish({ crmIds: ["42", "43"], name: "note", data: { text: "hello" } }).catch(() => undefined);
    await all.peer.play(`> publish {"crmIds":["42","43"],"name":"note","data":{"text":"hello"}}`);
  });

  it("a handler's output and progress, too: that is a fault of this end", async () => {
    using all = await contracted();
    all.client.handle("crm.{crmId}.confirm", { crmId: "42" }, ({ progress }) => {
      progress("half" as never);
      return { yes: 1 } as never;
    });
    await all.peer.play(`
      > register {"procedure":"crm.42.confirm"}
      < registered
      < invocation {"id":3,"procedure":"crm.42.confirm","progress":true,"data":{"question":"?"}}
      > error {"code":"internal","message":"the callee failed"}
    `);
    expect(all.errors).toMatchObject([
      { message: "progress: must be a number" },
      { message: "crm.42.confirm: output.yes: must be a boolean" },
    ]);
  });

  it("goes as it is where only what is received is checked, and in production", async () => {
    const environment = process.env["NODE_ENV"];
    process.env["NODE_ENV"] = "production";
    try {
      using production = await contracted();
      using received = await contracted({ validate: "received" });
      for (const { client, peer } of [production, received]) {
        client.publish({ crmIds: ["42"], name: "note", data: { text: 1 as never } }).catch(() => undefined);
        await peer.play(`> publish {"crmIds":["42"],"name":"note","data":{"text":1}}`);
        client.call("deal.close", { id: 1 as never }).catch(() => undefined);
        await peer.play(`> call {"procedure":"deal.close","timeout":30000,"data":{"id":1}}`);
      }
    } finally {
      if (environment === undefined) delete process.env["NODE_ENV"];
      else process.env["NODE_ENV"] = environment;
    }
  });

  it("names and parameters that the contract cannot mean are invalid arguments", async () => {
    using all = await contracted();
    const { client } = all;
    const loose = client as unknown as Loose;
    expect(() => client.subscribe("crm.{crmId}", { crmId: "4.2" })).toThrow(/^crmId: /);
    expect(() => loose.subscribe("crm.{crmId}", {})).toThrow(SwitchboardError);
    expect(() => loose.subscribe("crm.42")).toThrow(/has no crm\.42/);
    expect(() => loose.handle("deal.close", () => 1)).toThrow(/the server answers/);
    await expect(loose.call("toString")).rejects.toMatchObject({ code: "invalid_argument" });
    expect(
      await client.try("crm.{crmId}.confirm", { question: "?" }, { params: { crmId: "" } }),
    ).toMatchObject({
      ok: false,
      error: { code: "invalid_argument" },
    });
  });
});

describe("schemas that take their time", () => {
  it("hold for calls; for events they are reported, since what comes after would have to wait", async () => {
    const lazy = defineContract({
      topics: { "crm.{crmId}": { note: slow(record({ text: "string" })) } },
      procedures: {
        p: { by: "server", input: slow(record({ id: "string" })), output: slow(record({ ok: "boolean" })) },
      },
    });
    using all = await contracted({ contract: lazy as never });
    const client = all.client as unknown as Loose;
    await expect(client.call("p", { id: 1 })).rejects.toMatchObject({ message: "data.id: must be a string" });
    const calling = client.call("p", { id: "1" });
    await all.peer.play(`
      > call {"procedure":"p","timeout":30000,"data":{"id":"1"}}
      < result {"data":{"ok":true}}
    `);
    expect(await calling).toEqual({ ok: true });
    const breach = client.publish({ crmIds: ["42"], name: "note", data: { text: 1 } });
    await expect(breach).rejects.toMatchObject({ message: "data.text: must be a string" });
    const heard: unknown[] = [];
    all.client.follow("42", (event) => heard.push(event));
    await all.peer.play(`
      ${subscribed}
      < event {"offset":1,"name":"note","data":{"text":"hello"}}
    `);
    await all.client.ping();
    expect(heard).toEqual([]);
    expect(all.errors).toMatchObject([{ message: /must answer at once/ }]);
  });

  it("one that throws is reported, and the next event comes", async () => {
    const broken = {
      "~standard": {
        ...schema<unknown>(() => 1)["~standard"],
        validate: () => {
          throw new Error("a bug in the schema");
        },
      },
    };
    const faulty = defineContract({
      topics: { "crm.{crmId}": { note: broken, due: schema<unknown>(() => "ok") } },
    });
    using all = await contracted({ contract: faulty as never });
    const heard: unknown[] = [];
    all.client.follow("42", ({ data }) => heard.push(data));
    await all.peer.play(`
      ${subscribed}
      < event {"offset":1,"name":"note","data":1}
      < event {"offset":2,"name":"due","data":1}
    `);
    await until(() => heard.length === 1);
    expect(heard).toEqual(["ok"]);
    expect(all.errors).toMatchObject([{ message: "a bug in the schema" }]);
  });
});

describe("[R23] the publisher of a contract", () => {
  const published = { publication: "p", results: [] };
  /** A server that keeps what it is asked, and answers in turn. */
  function answering(...answers: Response[]) {
    const asked: unknown[] = [];
    const server = Bun.serve({
      port: 0,
      async fetch(request) {
        asked.push([new URL(request.url).pathname.slice(8), await request.json()]);
        return answers.shift() ?? Response.json(published);
      },
    });
    return { asked, url: server.url.href, [Symbol.dispose]: () => void server.stop(true) };
  }

  it("publishes what the contract allows, and only that", async () => {
    using server = answering(
      Response.json(published),
      Response.json({ results: [published, { ...published, publication: "q" }] }),
    );
    const publisher = createPublisher({ contract, url: server.url });
    await expect(
      publisher.publish({ crmIds: ["42"], name: "note", data: { text: 1 as never } }),
    ).rejects.toMatchObject({ code: "invalid_payload" });
    expect(await publisher.publish({ topic: "news", name: "headline", data: { title: "t" } })).toEqual(
      published,
    );
    const outcomes = await publisher.publishBatch([
      { topic: "news", name: "headline", data: { title: 1 as never } },
      { topic: "news", name: "headline", data: { title: "t" } },
      { topic: "news", name: "headline", data: {} as never },
      { topic: "news", name: "headline", data: { title: "u" } },
    ]);
    expect(outcomes).toMatchObject([
      { code: "invalid_payload" },
      { publication: "p" },
      { code: "invalid_payload" },
      { publication: "q" },
    ]);
    expect(server.asked).toMatchObject([
      ["publish", { topic: "news" }],
      ["publish/batch", { publications: [{ data: { title: "t" } }, { data: { title: "u" } }] }],
    ]);
  });

  it("calls over HTTP, once: what was lost is not called again", async () => {
    using server = answering(
      Response.json({ data: { ok: true } }),
      Response.json({ error: { code: "GONE", message: "gone", details: { at: 1 } } }, { status: 422 }),
      Response.json({ error: { code: "unavailable", message: "the callee has left" } }, { status: 503 }),
    );
    const publisher = createPublisher({ contract, url: server.url });
    expect(await publisher.call("deal.close", { id: "1" }, { timeoutMs: 1_000 })).toEqual({ ok: true });
    await expect(publisher.call("deal.close", { id: "1" })).rejects.toMatchObject({
      code: "GONE",
      details: { at: 1 },
    });
    await expect(publisher.call("deal.close", { id: "1" })).rejects.toMatchObject({ code: "unavailable" });
    await expect(publisher.call("deal.close", { id: 1 as never })).rejects.toMatchObject({
      code: "invalid_payload",
    });
    expect(server.asked).toEqual([
      ["call", { procedure: "deal.close", timeout: 1_000, data: { id: "1" } }],
      ["call", { procedure: "deal.close", timeout: 30_000, data: { id: "1" } }],
      ["call", { procedure: "deal.close", timeout: 30_000, data: { id: "1" } }],
    ]);
  });

  it("a call can be given up", async () => {
    using server = Bun.serve({ port: 0, fetch: () => new Promise<Response>(() => undefined) });
    const publisher = createPublisher({ url: server.url.href });
    const cancel = new AbortController();
    const call = publisher.call("p", 1, { signal: cancel.signal });
    cancel.abort();
    await expect(call).rejects.toMatchObject({ code: "canceled" });
    await expect(publisher.call("p", 1, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
      code: "timeout",
    });
    await server.stop(true);
  });
});
