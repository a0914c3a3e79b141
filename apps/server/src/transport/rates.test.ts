import { describe, expect, it } from "vitest";
import { RealServer } from "../../test/real-server.ts";
import { parseApiKeys } from "../auth/api-keys.ts";
import { parseNetworks } from "../core/address.ts";

const key = "key-that-may-do-everything";
const trustedProxies = parseNetworks("127.0.0.1");
const server = new RealServer({ trustedProxies, limits: { connectsPerSecondMax: 1 } });
const slow = new RealServer({ trustedProxies, limits: { publishesPerSecondMax: 1, callsPerSecondMax: 1 } });
const scarce = new RealServer({ trustedProxies, limits: { bytesPerSecondMax: 1, framesPerSecondMax: 1 } });
const guarded = new RealServer({
  trustedProxies,
  apiKeys: parseApiKeys(key),
  limits: { failedLoginsPerMinuteMax: 3 },
});

let addresses = 0;
/** Headers of an address that nobody had before: each test has its own rates. */
const fromNewAddress = () => ({ "x-forwarded-for": `9.9.${(addresses += 1)}.9` });
const upgrade = { upgrade: "websocket", connection: "upgrade" };

/** Asks until it is refused, since time goes by between two questions: how often it was answered before, and the refusal. */
async function untilRefused(ask: () => ReturnType<RealServer["ask"]>) {
  for (let answered = 0; answered < 100; answered++) {
    const answer = await ask();
    if (answer.status === 429) return { answered, ...answer };
  }
  throw new Error("it was never refused");
}

const refused = (message: string) => ({ error: { code: "rate_limited", message } });

describe("[R36] an address that comes too often", () => {
  it("is refused before the upgrade (429), and told when it may come again; others are not", async () => {
    const headers = { ...fromNewAddress(), ...upgrade };
    const answer = await untilRefused(() => server.ask("GET", "/ws", undefined, headers));
    expect(answer.body).toMatchObject(refused("an address connects 1 times a second at most"));
    expect(answer.headers.get("retry-after")).toBe("1");
    await server.open("/ws?crmId=1", { headers: fromNewAddress() }).next("welcome");
  });

  it("is refused over HTTP: requests, and bytes", async () => {
    const headers = fromNewAddress();
    const requests = await untilRefused(() => scarce.ask("GET", "/api/v1/topics", undefined, headers));
    expect(requests.body).toMatchObject(refused("requests: 1 a second at most from one address"));
    const other = fromNewAddress();
    const body = { crmIds: ["1"], data: "x".repeat(100_000) };
    expect((await scarce.ask("POST", "/api/v1/publish", body, other)).status).toBe(200);
    // The rate of requests is over in a second; that of bytes after 100,000.
    await expect
      .poll(async () => (await scarce.ask("POST", "/api/v1/publish", body, other)).body, { timeout: 30_000 })
      .toMatchObject(refused("bytes: 1 a second at most from one address"));
    expect((await scarce.ask("GET", "/api/v1/topics", undefined, fromNewAddress())).status).toBe(200);
  });

  it("is refused publishes, alone and in batches, and calls", async () => {
    const publication = { crmIds: ["1"], data: 1 };
    const headers = fromNewAddress();
    const alone = await untilRefused(() => slow.ask("POST", "/api/v1/publish", publication, headers));
    expect(alone.body).toMatchObject(refused("an address publishes 1 times a second at most"));
    const other = fromNewAddress();
    const batch = { publications: Array.from({ length: 1_000 }, () => publication) };
    expect((await slow.ask("POST", "/api/v1/publish/batch", batch, other)).status).toBe(200);
    const again = await slow.ask("POST", "/api/v1/publish", publication, other);
    expect(again.status).toBe(429);
    expect(Number(again.headers.get("retry-after"))).toBeGreaterThan(900);
    const call = { procedure: "switchboard.topics" };
    const calls = await untilRefused(() => slow.ask("POST", "/api/v1/call", call, other));
    expect(calls.body).toMatchObject(refused("an address calls 1 times a second at most"));
  });
});

describe("[R36] an address from where logins fail", () => {
  const login = (headers: Record<string, string>, token: string) =>
    guarded.ask("GET", "/api/v1/topics", undefined, { ...headers, authorization: `Bearer ${token}` });

  it("waits at every door, with a right key too; others do not", async () => {
    const from = fromNewAddress();
    // At each door once: over HTTP, with the handshake, in the hello.
    expect((await login(from, "wrong")).status).toBe(401);
    const wrong = { ...from, ...upgrade, "sec-websocket-protocol": "switchboard.1, bearer.wrong" };
    expect((await guarded.ask("GET", "/ws", undefined, wrong)).status).toBe(401);
    const [early, late] = [guarded.open("/ws", { headers: from }), guarded.open("/ws", { headers: from })];
    await Promise.all([early.opened, late.opened]);
    early.say({ type: "hello", token: "wrong" });
    expect(await early.closed).toBe(4501);

    const held = await login(from, key);
    expect(held.body).toMatchObject(refused("too many logins from this address have failed"));
    expect(Number(held.headers.get("retry-after"))).toBeGreaterThan(0);
    const right = { ...from, ...upgrade, authorization: `Bearer ${key}` };
    expect((await guarded.ask("GET", "/ws", undefined, right)).status).toBe(429);
    late.say({ type: "hello", token: key });
    expect(await late.closed).toBe(4002);

    expect((await login(fromNewAddress(), key)).status).toBe(200);
  });

  it("does not, where they are right, or where there is nothing to be wrong", async () => {
    const from = fromNewAddress();
    for (let i = 0; i < 10; i++) {
      expect((await login(from, key)).status).toBe(200);
      expect((await guarded.ask("GET", "/api/v1/topics", undefined, from)).status).toBe(401);
    }
  });
});
