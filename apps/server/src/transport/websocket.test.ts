import { describe, expect, it } from "vitest";
import { RealServer } from "../../test/real-server.ts";

const server = new RealServer({
  allowedOrigins: ["https://crm.example"],
  limits: { sessionsPerAddressMax: 100 },
});
const full = new RealServer({ limits: { sessionsMax: 1 } });
const crowded = new RealServer({ limits: { sessionsPerAddressMax: 1 } });
const small = new RealServer({ limits: { frameBytesMax: 1_000, frameBytesHardMax: 10_000 } });

const upgrade = {
  connection: "upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

describe("connecting", () => {
  it.each(["/ws", "/"])("[R2] %s upgrades to a session", async (path) => {
    const peer = server.open(path);
    await peer.opened;
    peer.say({ type: "hello" });
    expect(await peer.next("welcome")).toMatchObject({ server: "switchboard" });
  });

  it.each(["/ws?crmId=42,43", "/ws?crmId=42&crmId=43", "/?crmId=42&x=1&crmId=%2043", "/ws?crmId=42%2C43"])(
    "[R3] %s says hello",
    async (path) => {
      expect(await server.open(path).next("welcome")).toMatchObject({ crmIds: ["42", "43"] });
    },
  );

  it.each([
    [[], ""],
    [["switchboard.1"], "switchboard.1"],
    [["x", "switchboard.1"], "switchboard.1"],
    [["bearer.token", "switchboard.1"], "switchboard.1"],
  ])("[R2] of the subprotocols %j it chooses %j", async (protocols, chosen) => {
    const peer = server.open("/ws", { protocols });
    await peer.opened;
    expect(peer.socket.protocol).toBe(chosen);
  });

  it.each([[["x"]], [["switchboard.2", "bearer.token"]], [["Switchboard.1"]]])(
    "[R2] none of %j is spoken: the connection is opened, and ended with 4504",
    async (protocols) => {
      const peer = server.open("/ws?crmId=42", { protocols });
      expect(await peer.closed).toBe(4504);
      expect(peer.heard).toEqual([]);
    },
  );

  it("[R2] /ws without an upgrade says what it is for", async () => {
    const { status, headers, body } = await server.ask("GET", "/ws");
    expect([status, headers.get("upgrade")]).toEqual([426, "websocket"]);
    expect(body).toMatchObject({ error: { code: "bad_frame" } });
  });

  it.each([
    ["another version", { ...upgrade, "sec-websocket-version": "8" }],
    ["no key", { ...upgrade, "sec-websocket-key": "" }],
  ])("[R2] a handshake with %s is refused", async (_, headers) => {
    expect((await server.ask("GET", "/ws", undefined, headers)).status).toBe(426);
  });

  it.each([
    "https://evil.example",
    "null",
    "http://localhost.evil.example",
    "https://crm.example.evil.example",
  ])("[R16] a page of %s may not connect, nor ask", async (origin) => {
    const peer = server.open("/ws", { headers: { origin } });
    expect(await peer.closed).not.toBe(1000);
    await expect(peer.opened).rejects.toThrow();
    const refused = await server.ask("GET", "/ws", undefined, { ...upgrade, origin });
    expect(refused).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
    const publish = await server.ask("POST", "/api/v1/publish", { crmIds: ["1"], data: 1 }, { origin });
    expect(publish).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
  });

  it("[R16] the server's own pages and those that are listed may", async () => {
    for (const origin of [new URL(server.url("/")).origin, "https://crm.example"]) {
      const peer = server.open("/ws", { headers: { origin } });
      await peer.opened;
      expect((await server.ask("GET", "/api/v1/status", undefined, { origin })).status).toBe(200);
    }
  });

  it("[R14] one session over sessionsMax is refused before the upgrade, until another leaves", async () => {
    const first = await full.welcome();
    const refused = await full.ask("GET", "/ws", undefined, upgrade);
    expect(refused).toMatchObject({ status: 503, body: { error: { code: "unavailable" } } });
    await expect(full.open().opened).rejects.toThrow();
    first.socket.close();
    await expect.poll(async () => (await full.ask("GET", "/api/v1/status")).body["sessions"]).toBe(0);
    await full.welcome();
  });

  it("[R14] one session over sessionsPerAddressMax is refused", async () => {
    const first = await crowded.welcome();
    const refused = await crowded.ask("GET", "/ws", undefined, upgrade);
    expect(refused).toMatchObject({ status: 429, body: { error: { code: "limit_exceeded" } } });
    first.socket.close();
    await expect.poll(async () => (await crowded.ask("GET", "/api/v1/status")).body["sessions"]).toBe(0);
    await crowded.welcome();
  });
});

describe("frames on the wire", () => {
  it("[R7] what one publishes the other hears, as it was sent", async () => {
    const [ann, bob] = [await server.welcome(), await server.welcome("wire")];
    const data = { text: "hello 😀", list: [1, null, { a: "\u2028" }] };
    ann.say({ type: "publish", id: 1, crmIds: ["wire"], name: "greeting", data });
    expect(await bob.next("event")).toMatchObject({ topic: "crm.wire", name: "greeting", data });
    expect(await ann.next("published")).toMatchObject({ id: 1, results: [{ receivers: 1 }] });
  });

  it("[R4] a binary frame ends the connection with 1003", async () => {
    const peer = await server.welcome();
    peer.say(new TextEncoder().encode('{"type":"ping","id":1}'));
    expect(await peer.closed).toBe(1003);
  });

  it("[R4] text that is no JSON ends it with 4500", async () => {
    const peer = await server.welcome();
    peer.say("hello?");
    expect(await peer.closed).toBe(4500);
  });

  it("[R14] a frame over frameBytesMax is refused, one over frameBytesHardMax ends the connection with 1009", async () => {
    const peer = await small.welcome();
    peer.say({ type: "publish", id: 1, topic: "a", data: "x".repeat(2_000) });
    expect(await peer.next("error")).toMatchObject({ id: 1, code: "too_large" });
    peer.say({ type: "ping", id: 2 });
    await peer.next("pong");
    peer.say({ type: "ping", id: 3, x: "x".repeat(10_000) });
    expect(await peer.closed).toBe(1009);
  });

  it("[R9] a burst arrives whole and in order", async () => {
    const [ann, bob] = [await server.welcome(), await server.welcome("burst")];
    for (let data = 0; data < 2_000; data++) ann.say({ type: "publish", crmIds: ["burst"], data });
    await expect.poll(() => bob.heard.length, { interval: 2 }).toBe(2_000);
    expect(bob.heard.map(({ data }) => data)).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
  });

  it("[R5] who has gone is no longer a subscriber", async () => {
    const peer = await server.welcome("gone");
    peer.socket.close();
    await expect
      .poll(async () => (await server.ask("GET", "/api/v1/topics/crm.gone")).body["subscribers"], {
        interval: 5,
      })
      .toBe(0);
  });

  it("[R12] the old connection is ended with 4005 when another resumes its session", async () => {
    const first = server.open("/ws?crmId=resumed");
    const { session, resume } = await first.next("welcome");
    const second = server.open();
    await second.opened;
    second.say({ type: "hello", resume: resume as string, crmIds: ["resumed"] });
    expect(await second.next("welcome")).toMatchObject({ session });
    expect(await first.closed).toBe(4005);
    expect((await server.ask("GET", `/api/v1/sessions/${String(session)}`)).status).toBe(200);
  });
});

describe("pings and pongs", () => {
  it("[R14] a few are answered, a flood of them ends the session (4002), and nobody else", async () => {
    const [ann, bob] = [await server.welcome(), await server.welcome("42")];
    for (let i = 0; i < 50; i++) bob.socket.ping();
    bob.say({ type: "ping", id: 1 });
    expect(await bob.next("pong")).toMatchObject({ id: 1 });
    for (let i = 0; i < 2_000; i++) ann.socket.ping();
    expect(await ann.closed).toBe(4002);
    const cat = await server.welcome();
    for (let i = 0; i < 2_000; i++) cat.socket.pong();
    expect(await cat.closed).toBe(4002);
    expect(bob.ended).toBeUndefined();
  });
});
