import { describe, expect, it } from "vitest";
import { connected, until } from "../test/connected.ts";
import { CallError, type Invocation, SwitchboardError } from "./index.ts";

describe("answering calls", () => {
  it("[R19] registers, hears what is asked, and answers", async () => {
    using all = await connected();
    const heard: Invocation[] = [];
    const registration = all.client.handle(
      "a",
      (invocation) => {
        heard.push(invocation);
        return { yes: true };
      },
      { invoke: "roundrobin" },
    );
    await all.peer.play(`
      > register {"procedure":"a","invoke":"roundrobin"}
      < registered
      < invocation {"id":7,"procedure":"a","data":{"q":1},"caller":{"session":"s9"}}
    `);
    await registration.ready;
    expect(await all.peer.next()).toEqual({ type: "yield", id: 7, data: { yes: true } });
    expect(heard[0]).toMatchObject({ procedure: "a", input: { q: 1 }, caller: { session: "s9" } });
  });

  it("[R19] handlers run side by side, and progress goes where it was asked for", async () => {
    using all = await connected();
    const ends: ((output: unknown) => void)[] = [];
    all.client.handle("a", async ({ progress }) => {
      const output = await new Promise((resolve) => void ends.push(resolve));
      progress("half");
      queueMicrotask(() => setTimeout(() => progress("too late")));
      return output;
    });
    await all.peer.play(`
      > register {"procedure":"a"}
      < registered
      < invocation {"id":1,"procedure":"a"}
      < invocation {"id":2,"procedure":"a","progress":true}
    `);
    await until(() => ends.length === 2);
    ends[1]?.("second");
    expect(await all.peer.next()).toEqual({ type: "yield", id: 2, progress: true, data: "half" });
    expect(await all.peer.next()).toEqual({ type: "yield", id: 2, data: "second" });
    ends[0]?.(undefined);
    expect(await all.peer.next()).toEqual({ type: "yield", id: 1 });
    await Bun.sleep(10);
    await all.client.ping();
    expect(all.peer.isQuiet).toBe(true);
  });

  it("[R19] what a handler throws on purpose travels; a mistake is internal, and reported", async () => {
    using all = await connected();
    const errors = [
      new CallError("GONE", "it is gone", { at: 1 }),
      new SwitchboardError("forbidden", "not for you"),
      new Error("a secret of the page"),
      new CallError("", "x".repeat(5_000)),
    ];
    all.client.handle("a", ({ input }) => {
      throw errors[Number(input)];
    });
    await all.peer.play(`
      > register {"procedure":"a"}
      < registered
      < invocation {"id":1,"procedure":"a","data":0}
      > error {"code":"GONE","message":"it is gone","details":{"at":1}}
      < invocation {"id":2,"procedure":"a","data":1}
      > error {"code":"forbidden","message":"not for you"}
      < invocation {"id":3,"procedure":"a","data":2}
      > error {"code":"internal","message":"the callee failed"}
      < invocation {"id":4,"procedure":"a","data":3}
    `);
    const { code, message } = await all.peer.next();
    expect([code, message]).toEqual(["internal", "x".repeat(4_096)]);
    expect(all.errors).toEqual([errors[2]]);
  });

  it("what the server would not take is answered with an error, since nobody would hear of it", async () => {
    using all = await connected();
    all.client.handle("a", ({ input }) => (input === 0 ? "x".repeat(600_000) : 1n));
    await all.peer.play(`
      > register {"procedure":"a"}
      < registered
      < invocation {"id":1,"procedure":"a","data":0}
      > error {"code":"too_large","message":"the answer has more than 524288 bytes"}
      < invocation {"id":2,"procedure":"a","data":1}
    `);
    expect(await all.peer.next()).toMatchObject({ type: "error", id: 2, code: "invalid_argument" });
  });

  it("[R19] so is an error whose details cannot be sent, and the page hears of that", async () => {
    using all = await connected();
    const details: readonly unknown[] = ["x".repeat(600_000), { n: 1n }];
    all.client.handle("a", ({ input }) => {
      throw new CallError("GONE", "it is gone", details[Number(input)]);
    });
    await all.peer.play(`
      > register {"procedure":"a"}
      < registered
      < invocation {"id":1,"procedure":"a","data":0}
      > error {"code":"too_large","message":"the answer has more than 524288 bytes"}
      < invocation {"id":2,"procedure":"a","data":1}
      > error {"code":"internal","message":"the callee failed"}
    `);
    expect(all.errors).toMatchObject([{ code: "too_large" }, { name: "TypeError" }]);
  });

  it("[R19] an interrupted handler hears of it, and its answer goes nowhere", async () => {
    using all = await connected();
    const ended: unknown[] = [];
    all.client.handle("a", async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      ended.push(signal.reason);
      throw new Error("aborted");
    });
    await all.peer.play(`
      > register {"procedure":"a"}
      < registered
      < invocation {"id":1,"procedure":"a"}
      < interrupt {"id":1}
    `);
    await until(() => ended.length === 1);
    expect(ended[0]).toMatchObject({ code: "canceled" });
    await all.client.ping();
    expect(all.peer.isQuiet).toBe(true);
    expect(all.errors).toEqual([]);
  });

  it("an invocation's id is none of this client's own: its requests stay open", async () => {
    using all = await connected();
    all.client.handle("a", () => 1);
    await all.peer.play(`
      > register {"procedure":"a"}
      < registered
    `);
    const call = all.client.call("b");
    const { id } = await all.peer.next();
    all.peer.send({ type: "invocation", id, procedure: "a" });
    all.peer.send({ type: "interrupt", id });
    await all.client.ping();
    all.peer.send({ type: "result", id, data: "mine" });
    expect(await call).toBe("mine");
  });
});

describe("a registration's life", () => {
  it("is registered again after an outage, and what was under way is aborted", async () => {
    using all = await connected();
    const aborted: string[] = [];
    all.client.handle("a", ({ signal }) => {
      signal.addEventListener("abort", () => aborted.push("a"));
      return new Promise(() => undefined);
    });
    await all.peer.play(`
      > register {"procedure":"a"}
      < registered
      < invocation {"id":1,"procedure":"a"}
    `);
    await all.client.ping();
    all.peer.cut();
    const next = await all.server.accept();
    await next.next();
    await next.play(`
      < welcome
      > register {"procedure":"a"}
      < registered
    `);
    expect(aborted).toEqual(["a"]);
  });

  it("made offline, waits for the connection", async () => {
    using all = await connected();
    all.client.close();
    const registration = all.client.handle("a", () => 1);
    all.client.reconnect();
    const next = await all.server.accept();
    await next.next();
    await next.play(`
      < welcome
      > register {"procedure":"a"}
      < registered
    `);
    await registration.ready;
  });

  it("ends with unregister: nothing reaches the handler, and it may be registered anew", async () => {
    using all = await connected();
    const heard: string[] = [];
    const registration = all.client.handle("a", () => heard.push("first"));
    await all.peer.play(`
      > register {"procedure":"a"}
      < registered
    `);
    await registration.ready;
    expect(() => all.client.handle("a", () => 1)).toThrow(/handles a already/);
    const gone = registration.unregister();
    all.peer.send({ type: "invocation", id: 5, procedure: "a" });
    all.client.handle("a", () => heard.push("second"));
    const { id } = await all.peer.next();
    expect(await all.peer.next()).toMatchObject({ type: "yield", id: 5 });
    all.peer.send({ type: "unregistered", id });
    await gone;
    await all.peer.play(`
      > register {"procedure":"a"}
      < registered
    `);
    expect(heard).toEqual(["second"]);
    await registration.unregister();
    await all.client.ping();
    expect(all.peer.isQuiet).toBe(true);
  });

  it("an invocation that nobody handles any more is answered: the callee has left", async () => {
    using all = await connected();
    const registration = all.client.handle("a", () => 1);
    await all.peer.play(`
      > register {"procedure":"a"}
      < registered
    `);
    await registration.ready;
    void registration.unregister();
    await all.peer.play(`
      > unregister {"procedure":"a"}
      < invocation {"id":1,"procedure":"a"}
      > error {"code":"unavailable","message":"the callee has left"}
    `);
  });

  it("unregistered while it is being registered, it is taken back", async () => {
    using all = await connected();
    const registration = all.client.handle("a", () => 1);
    const gone = registration.unregister();
    await expect(registration.ready).rejects.toMatchObject({ code: "canceled" });
    await all.peer.play(`
      > register {"procedure":"a"}
      < registered
      > unregister {"procedure":"a"}
      < unregistered
    `);
    await gone;
  });

  it("wanted in another way while it is being registered, it is registered anew", async () => {
    using all = await connected();
    const gone = all.client.handle("a", () => 1).unregister();
    const registration = all.client.handle("a", () => 1, { invoke: "last" });
    await gone;
    await all.peer.play(`
      > register {"procedure":"a"}
      < registered
      > unregister {"procedure":"a"}
      < unregistered
      > register {"procedure":"a","invoke":"last"}
      < registered
    `);
    await registration.ready;
  });

  it("a refusal is for good, unless it passes", async () => {
    using all = await connected();
    const taken = all.client.handle("a", () => 1);
    await all.peer.play(`
      > register {"procedure":"a"}
      < error {"code":"procedure_taken"}
    `);
    await expect(taken.ready).rejects.toMatchObject({ code: "procedure_taken" });
    expect(all.errors).toMatchObject([{ code: "procedure_taken" }]);
    const later = all.client.handle("a", () => 1);
    await all.peer.play(`
      > register {"procedure":"a"}
      < error {"code":"unavailable"}
      > register {"procedure":"a"}
      < registered
    `);
    await later.ready;
    expect(all.errors).toHaveLength(1);
  });

  it("after an outage, what is taken may be this client's own lost connection: it tries until it is not", async () => {
    using all = await connected();
    await Promise.all([
      all.client.handle("a", () => 1).ready,
      all.peer.play(`
        > register {"procedure":"a"}
        < registered
      `),
    ]);
    all.peer.cut();
    const next = await all.server.accept();
    await next.next();
    await next.play(`
      < welcome
      > register {"procedure":"a"}
      < error {"code":"procedure_taken"}
      > register {"procedure":"a"}
      < registered
    `);
    expect(all.errors).toEqual([]);
  });
});
