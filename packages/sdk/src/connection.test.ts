import { describe, expect, it } from "vitest";
import { connected, connecting, until } from "../test/connected.ts";
import { countingWebSocket } from "../test/counting-web-socket.ts";
import { createClient, type Status, SwitchboardError } from "./index.ts";

describe("connecting", () => {
  it("says hello over switchboard.1, with the token in it and never in the address", async () => {
    using all = connecting({ token: "t0ken", client: "test" });
    const peer = await all.server.play(`
      > hello {"token":"t0ken","client":"test"}
      < welcome
    `);
    await all.client.live();
    expect(peer.subprotocol).toBe("switchboard.1");
    expect(new URL(peer.url).pathname).toBe("/ws");
    expect(peer.url).not.toContain("t0ken");
    expect(all.client.status).toMatchObject({ state: "live", session: "s1" });
  });

  it("asks for a token at each connect", async () => {
    let asked = 0;
    using all = connecting({ token: () => Promise.resolve(`t${(asked += 1)}`) });
    await all.server.play(`
      > hello {"token":"t1"}
      < welcome
      < close 4003
    `);
    await all.server.play(`> hello {"token":"t2","resume":"secret"}`);
  });

  it("reports a token that cannot be had, and tries again", async () => {
    let asked = 0;
    using all = connecting({
      token: () => {
        asked += 1;
        if (asked === 1) throw new Error("no token today");
        return "t";
      },
    });
    await all.server.play(`> hello {"token":"t"}`);
    expect(all.errors).toMatchObject([{ message: "no token today" }]);
  });

  it("gives up a server that does not welcome in time, and tries again", async () => {
    using all = connecting({ requestTimeoutMs: 1_000 });
    const silent = await all.server.accept();
    await silent.play("> hello");
    await silent.play("> close 1000");
    await all.server.play(`
      > hello
      < welcome
    `);
    await all.client.live();
  });

  it("listens to errors: to the WebSocket of `ws`, one that nobody hears ends the process", async () => {
    let unheard = 0;
    class Unforgiving extends WebSocket {
      readonly #heard = new Set<string>();
      constructor(...given: ConstructorParameters<typeof WebSocket>) {
        super(...given);
        super.addEventListener("error", () => (unheard += this.#heard.has("error") ? 0 : 1));
      }
      override addEventListener(...given: Parameters<WebSocket["addEventListener"]>): void {
        this.#heard.add(given[0]);
        super.addEventListener(...given);
      }
    }
    const client = createClient({
      url: "ws://127.0.0.1:1",
      WebSocket: Unforgiving,
      onError: () => undefined,
    });
    await until(() => client.status.state === "waiting");
    client.close();
    expect(unheard).toBe(0);
  });

  it("says what is missing where the runtime has no WebSocket, or no address", () => {
    const { WebSocket } = globalThis;
    // @ts-expect-error it always exists, says the DOM
    delete globalThis.WebSocket;
    try {
      expect(() => createClient({ url: "http://127.0.0.1:1" })).toThrow(
        "this runtime has no WebSocket; give one",
      );
    } finally {
      globalThis.WebSocket = WebSocket;
    }
    expect(() => createClient()).toThrow("url: is missing");
    expect(() => createClient({ url: "ftp://a" })).toThrow("url: must be http, https, ws or wss");
  });
});

describe("coming back", () => {
  it.each([1001, 1011, 1012, 4000, 4001, 4002, 4004])(
    "comes back after %i, with the secret",
    async (code) => {
      using all = await connected();
      all.peer.close(code, "so it is");
      await until(() => all.client.status.state === "waiting");
      expect(all.client.status).toMatchObject({ state: "waiting", attempt: 1, reason: "so it is" });
      await all.server.play(`> hello {"resume":"secret"}`);
    },
  );

  it.each([4500, 4501, 4503, 4504])("stays away after %i", async (code) => {
    using all = await connected();
    all.peer.close(code, "so it is");
    await until(() => all.client.status.state === "closed");
    expect(all.client.status).toEqual({ state: "closed", code, reason: "so it is" });
    await expect(all.client.live()).rejects.toMatchObject({ code: "closed", message: "so it is" });
    await Bun.sleep(60);
    expect(all.server.opened).toBe(1);
  });

  it("comes back after 4005, without the secret of the session that another connection has taken", async () => {
    using all = await connected();
    all.peer.close(4005);
    await all.server.play(`
      > hello
      < welcome
    `);
    await all.client.live();
  });

  it("leaves closed by reconnect, without the secret", async () => {
    using all = await connected();
    all.peer.close(4501);
    await until(() => all.client.status.state === "closed");
    all.client.reconnect();
    await all.server.play(`
      > hello
      < welcome
    `);
    await all.client.live();
  });

  it("counts attempts from the last welcome, and keeps since when it is not live", async () => {
    using all = await connected();
    const seen: Status[] = [];
    all.client.onStatus((status) => seen.push(status));
    all.peer.cut();
    for (let i = 0; i < 3; i++) (await all.server.accept()).close(1012);
    await all.server.play(`
      > hello {"resume":"secret"}
      < welcome
    `);
    await all.client.live();
    const attempts = seen.flatMap((status) => (status.state === "connecting" ? [status.attempt] : []));
    expect(attempts).toEqual([1, 2, 3, 4]);
    const since = seen.flatMap((status) =>
      status.state === "connecting" || status.state === "waiting" ? [status.since] : [],
    );
    expect(new Set(since).size).toBe(1);
  });

  it("never has two sockets at the same time", async () => {
    const { counts, WebSocket } = countingWebSocket();
    using all = await connected({ WebSocket });
    for (let i = 0; i < 5; i++) {
      all.client.reconnect();
      all.client.reconnect();
      const peer = await all.server.accept();
      if (i % 2 === 0) continue;
      await peer.next();
      await peer.play("< welcome");
      await all.client.live();
    }
    expect(counts.made).toBeGreaterThan(5);
    expect(counts.most).toBe(1);
  });

  it("waits as long as an error without an id asks for", async () => {
    using all = await connected();
    const from = Date.now();
    all.peer.send({ type: "error", code: "rate_limited", message: "slowly", retryAfter: 150 });
    all.peer.close(4002);
    await all.server.accept();
    expect(Date.now() - from).toBeGreaterThanOrEqual(148);
    expect(all.errors).toMatchObject([{ code: "rate_limited", retryAfterMs: 150 }]);
  });

  it("tells why it was refused where the server said so before the close", async () => {
    using all = connecting();
    const peer = await all.server.play(`> hello`);
    peer.send({ type: "error", code: "unauthenticated", message: "the token has no signature" });
    peer.close(4501);
    await expect(all.client.live()).rejects.toMatchObject({
      code: "closed",
      message: "the token has no signature",
    });
  });
});

describe("a draining server", () => {
  it("is left in order: the last answer is heard, then the close, then the wait it asked for", async () => {
    using all = await connected();
    const publishing = all.client.publish({ topic: "a", data: 1 });
    const from = Date.now();
    await all.peer.play(`
      > publish {"topic":"a","data":1}
      < draining {"retryAfter":120}
    `);
    const seen: Status[] = [];
    all.client.onStatus((status) => {
      if (status.state !== "live") seen.push(status);
    });
    await until(() => all.client.status.state === "waiting");
    await expect(all.client.publish({ topic: "a", data: 2 })).rejects.toMatchObject({ code: "offline" });
    await all.peer.play(`
      < published
      > close 1000
    `);
    await expect(publishing).resolves.toMatchObject({ publication: "p" });
    await all.server.play(`> hello {"resume":"secret"}`);
    expect(Date.now() - from).toBeGreaterThanOrEqual(118);
    expect(seen.map(({ state }) => state)).toEqual(["waiting", "connecting"]);
    expect(seen[0]).toMatchObject({ reason: "the server is going down" });
  });
});

describe("a dead server", () => {
  it("is found by its silence, and pings are not answered to the end of time", async () => {
    using all = connecting({ requestTimeoutMs: 1_500 });
    const dead = await all.server.accept();
    dead.answersPings = false;
    await dead.play(`
      > hello
      < welcome {"heartbeat":20}
    `);
    await all.client.live();
    const from = "since" in all.client.status ? all.client.status.since : Infinity;
    await until(() => all.client.status.state !== "live");
    expect(Date.now() - from).toBeGreaterThanOrEqual(1_518);
    expect(dead.pings).toBeGreaterThan(2);
    await all.server.play(`> hello {"resume":"secret"}`);
  });

  it("is not suspected while anything comes, and the latency is measured", async () => {
    using all = connecting({ requestTimeoutMs: 1_500 });
    const peer = await all.server.play(`
      > hello
      < welcome {"heartbeat":20}
    `);
    await Bun.sleep(2_000);
    expect(all.server.opened).toBe(1);
    expect(peer.pings).toBeGreaterThan(5);
    expect(all.client.status).toMatchObject({ state: "live", latencyMs: expect.any(Number) as number });
    expect(await all.client.ping()).toBeGreaterThan(0);
  });
});

describe("the browser's word", () => {
  it("offline lets go at once, online connects at once", async () => {
    using all = await connected({ backoff: { baseMs: 60_000, maxMs: 60_000 } });
    dispatchEvent(new Event("offline"));
    expect(all.client.status).toMatchObject({ state: "waiting", retryAt: Number.POSITIVE_INFINITY });
    await all.peer.play("> close 1000");
    dispatchEvent(new Event("online"));
    await all.server.play(`> hello {"resume":"secret"}`);
  });
});

describe("closing", () => {
  it("leaves no socket, whenever it comes", async () => {
    using all = connecting();
    all.client.close();
    await Bun.sleep(30);
    expect(all.server.opened).toBe(0);
    all.client.reconnect();
    await all.server.accept();
    all.client.close();
    await until(() => all.server.open === 0);
    all.client.reconnect();
    const peer = await all.server.play("> hello");
    all.client.close();
    await peer.play("> close 1000");
    expect(all.server.open).toBe(0);
    expect(all.client.status).toMatchObject({ state: "closed", code: 1000 });
    await expect(all.client.publish({ topic: "a", data: 1 })).rejects.toThrow(SwitchboardError);
  });
});

describe("frames that cannot be", () => {
  it("are reported, unknown types are passed over, and the connection lives", async () => {
    using all = await connected();
    all.peer.sendText("{nonsense");
    all.peer.send({ type: "event", topic: "has space" });
    all.peer.send({ type: "from-the-future", x: 1 });
    await all.client.ping();
    expect(all.errors).toMatchObject([{ code: "bad_frame" }, { code: "bad_frame" }]);
    expect(all.client.status.state).toBe("live");
  });
});
