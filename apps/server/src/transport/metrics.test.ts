import { describe, expect, it } from "vitest";
import { RealServer } from "../../test/real-server.ts";

/** The samples of a scrape, by name and labels. */
async function scrape(server: RealServer, headers: Record<string, string> = {}) {
  const { status, headers: answered, text } = await server.ask("GET", "/metrics", undefined, headers);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const samples = new Map(lines.map((line) => line.split(" ", 2) as [string, string]));
  return {
    status,
    text,
    type: answered.get("content-type"),
    sample: (name: string) => Number(samples.get(name)),
  };
}

describe("[R15] metrics", () => {
  const server = new RealServer({ limits: { publishesPerSecondMax: 3 } });

  it("tell what there is, and what has happened", async () => {
    const [ann, bob] = [await server.welcome("42", "43"), await server.welcome("42")];
    bob.say({ type: "subscribe", id: 1, topic: "a.", match: "prefix" });
    await bob.next("subscribed");
    for (const id of [1, 2, 3, 4]) ann.say({ type: "publish", id, topic: "crm.42", data: 1 });
    await ann.next("error");
    for (let i = 0; i < 3; i++) await bob.next("event");
    ann.say({ type: "register", id: 8, procedure: "p" });
    ann.say({ type: "call", id: 9, procedure: "nobody" });
    ann.say({ type: "call", id: 10, procedure: "switchboard.topics" });
    await ann.next("result");
    expect((await server.ask("POST", "/api/v1/publish", { topic: "wamp.x", data: 1 })).status).toBe(403);
    const eve = await server.welcome();
    eve.say("no JSON");
    await eve.closed;

    const { status, type, sample, text } = await scrape(server);
    expect(status).toBe(200);
    expect(type).toContain("text/plain; version=0.0.4");
    expect(sample('switchboard_sessions{dialect="switchboard.1"}')).toBe(2);
    expect(sample("switchboard_topics")).toBe(3);
    expect(sample("switchboard_subscriptions")).toBe(4);
    expect(sample("switchboard_registrations")).toBe(1);
    expect(sample("switchboard_send_buffer_bytes")).toBe(0);
    expect(sample("switchboard_events_published_total")).toBe(3);
    expect(sample("switchboard_events_delivered_total")).toBe(3);
    expect(sample('switchboard_publishes_refused_total{code="rate_limited"}')).toBe(1);
    expect(sample('switchboard_publishes_refused_total{code="forbidden"}')).toBe(1);
    expect(sample("switchboard_calls_total")).toBe(2);
    expect(sample('switchboard_calls_refused_total{code="no_such_procedure"}')).toBe(1);
    expect(sample('switchboard_sessions_ended_total{code="4500"}')).toBe(1);
    expect(sample('switchboard_engine_up{engine="local"}')).toBe(1);
    expect(sample('switchboard_engine_ping_seconds{engine="local"}')).toBeGreaterThan(0);
    expect(sample("switchboard_history_bytes")).toBeGreaterThan(0);
    expect(sample("nodejs_eventloop_lag_seconds")).toBeGreaterThanOrEqual(0);
    expect(sample("process_resident_memory_bytes")).toBeGreaterThan(0);
    expect(text).toContain("# TYPE switchboard_events_published_total counter");
    expect(text.endsWith("\n")).toBe(true);
  });

  it("are the same twice where nothing has happened between", async () => {
    const name = "switchboard_events_published_total";
    expect((await scrape(server)).sample(name)).toBe((await scrape(server)).sample(name));
  });
});

describe("[R15] where keys are asked for", () => {
  const apiKeys = [
    {
      hash: hashOf("a-key-that-may-read"),
      grant: { crmIds: [], patterns: {}, read: true, admin: false, tickets: false },
    },
    {
      hash: hashOf("a-key-that-may-not"),
      grant: { crmIds: [], patterns: {}, read: false, admin: true, tickets: true },
    },
  ];
  const closed = new RealServer({ apiKeys });
  const open = new RealServer({ apiKeys, metricsOpen: true });
  const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });

  it("metrics need one that may read", async () => {
    expect((await scrape(closed)).status).toBe(401);
    expect((await scrape(closed, bearer("made up"))).status).toBe(401);
    expect((await scrape(closed, bearer("a-key-that-may-not"))).status).toBe(403);
    const answered = await scrape(closed, bearer("a-key-that-may-read"));
    expect(answered.sample("switchboard_calls_total")).toBe(0);
  });

  it("SWITCHBOARD_METRICS_OPEN answers anybody, and opens nothing else", async () => {
    expect((await scrape(open)).status).toBe(200);
    expect((await open.ask("GET", "/api/v1/status")).status).toBe(401);
  });
});

function hashOf(key: string): Buffer {
  return new Bun.CryptoHasher("sha256").update(key).digest();
}
