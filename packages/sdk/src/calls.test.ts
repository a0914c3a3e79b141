import { describe, expect, it } from "vitest";
import { connected, connecting, until } from "../test/connected.ts";
import { CallError, SwitchboardError } from "./index.ts";

describe("calling", () => {
  it("[R19] resolves with the callee's answer, each call with its own", async () => {
    using all = await connected();
    const first = all.client.call("a", { big: 1 });
    const second = all.client.call("b", undefined, { timeoutMs: 5 });
    const { id } = await all.peer.next();
    await all.peer.play(`
      > call {"procedure":"b","timeout":5}
      < result {"data":"second"}
    `);
    expect(await second).toBe("second");
    all.peer.send({ type: "result", id, data: { first: true } });
    expect(await first).toEqual({ first: true });
  });

  it("[R19] tells the server the time it has, and hears the parts of an answer", async () => {
    using all = await connected();
    const parts: unknown[] = [];
    const call = all.client.call("a", null, {
      onProgress: (part) => {
        parts.push(part);
        if (part === 1) throw new Error("a bug in the page");
        return Promise.reject(new Error("and a later one"));
      },
    });
    await all.peer.play(`
      > call {"procedure":"a","timeout":30000,"progress":true,"data":null}
      < result {"progress":true,"data":1}
      < result {"progress":true,"data":2}
      < result {"data":3}
      < result {"progress":true,"data":4}
    `);
    expect(await call).toBe(3);
    await all.client.ping();
    expect(parts).toEqual([1, 2]);
    expect(all.errors).toMatchObject([{ message: "a bug in the page" }, { message: "and a later one" }]);
  });

  it("[R19] rejects with what the callee threw: a code of the table, or one of its own", async () => {
    using all = await connected();
    const refused = all.client.call("a");
    await all.peer.play(`
      > call {"procedure":"a","timeout":30000}
      < error {"code":"forbidden","message":"no","details":[1]}
    `);
    const forbidden = await refused.catch((error: unknown) => error);
    expect(forbidden).toBeInstanceOf(SwitchboardError);
    expect(forbidden).toMatchObject({ code: "forbidden", message: "no", details: [1] });
    const own = all.client.call("a");
    await all.peer.play(`
      > call {"procedure":"a","timeout":30000}
      < error {"code":"GONE","message":"it is gone","details":{"at":1}}
    `);
    const gone = await own.catch((error: unknown) => error);
    expect(gone).toBeInstanceOf(CallError);
    expect(gone).toMatchObject({ code: "GONE", message: "it is gone", details: { at: 1 } });
  });

  it("[R19] a cancelled call rejects at once, and tells the server; what comes after is ignored", async () => {
    using all = await connected();
    const cancel = new AbortController();
    const call = all.client.call("a", 1, { signal: cancel.signal });
    const { id } = await all.peer.next();
    cancel.abort(new Error("the page was left"));
    await expect(call).rejects.toMatchObject({ code: "canceled", cause: { message: "the page was left" } });
    expect(await all.peer.next()).toEqual({ type: "cancel", id });
    all.peer.send({ type: "error", id, code: "canceled", message: "" });
    await expect(all.client.call("a", 1, { signal: cancel.signal })).rejects.toMatchObject({
      code: "canceled",
    });
    await all.client.ping();
    expect(all.peer.isQuiet).toBe(true);
  });

  it("an answered call no longer listens to its signal", async () => {
    using all = await connected();
    const cancel = new AbortController();
    const call = all.client.call("a", 1, { signal: cancel.signal });
    await all.peer.play(`
      > call {"procedure":"a","timeout":30000,"data":1}
      < result {"data":2}
    `);
    expect(await call).toBe(2);
    cancel.abort();
    await all.client.ping();
    expect(all.peer.isQuiet).toBe(true);
  });

  it("gives up by itself where the server does not, a little later", async () => {
    using all = await connected({ requestTimeoutMs: 1_000 });
    const startedAt = performance.now();
    const call = all.client.call("a", 1, { timeoutMs: 150 });
    await expect(call).rejects.toMatchObject({ code: "timeout" });
    expect(performance.now() - startedAt).toBeGreaterThan(1_140);
  });
});

describe("calling without a connection", () => {
  it("fails at once, with offline, also with a queue; with closed after the end", async () => {
    using all = connecting({ queue: { max: 10, ageMs: 1_000 } });
    await expect(all.client.call("a")).rejects.toMatchObject({ code: "offline" });
    all.client.close();
    await expect(all.client.call("a")).rejects.toMatchObject({ code: "closed" });
    await expect(all.client.call("a b")).rejects.toMatchObject({ code: "closed" });
  });

  it("a call under way ends with unavailable: nobody knows the outcome", async () => {
    using all = await connected();
    const call = all.client.call("a");
    await all.peer.next();
    all.peer.cut();
    await expect(call).rejects.toMatchObject({ code: "unavailable", message: /outcome unknown/ });
  });

  it("what can be no call is not sent", async () => {
    using all = await connected();
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    await expect(all.client.call("a b")).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(all.client.call("a", circle)).rejects.toMatchObject({ code: "invalid_argument" });
    await all.client.ping();
    expect(all.peer.isQuiet).toBe(true);
  });

  it("[R18] a draining server may still answer it", async () => {
    using all = await connected();
    const call = all.client.call("a");
    const { id } = await all.peer.next();
    all.peer.send({ type: "draining", retryAfter: 10 });
    await until(() => all.client.status.state === "waiting");
    await expect(all.client.call("b")).rejects.toMatchObject({ code: "offline" });
    all.peer.send({ type: "result", id, data: 1 });
    expect(await call).toBe(1);
    expect(await all.peer.next()).toEqual({ type: "close", code: 1000 });
  });
});
