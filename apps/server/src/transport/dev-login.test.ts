import { describe, expect, it } from "vitest";
import { RealServer } from "../../test/real-server.ts";
import { createSwitchboard } from "../server.ts";

const jwtSecret = "9c1f7e0ab3d8624590acb7f1e2d3c4b5";
const dev = new RealServer({ jwtSecret, devLogin: true });
const plain = new RealServer({ jwtSecret });
const path = "/api/v1/dev-login";

describe("[R34] the login for development", () => {
  it("gives whoever asks on this machine a token that opens every door for an hour", async () => {
    expect((await dev.ask("GET", path)).body).toEqual({ offered: true });
    const { status, headers, body } = await dev.ask("POST", path);
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    const left = Number(body["expires"]) - Date.now();
    expect(left).toBeGreaterThan(3_000_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
    const bearer = { authorization: `Bearer ${String(body["token"])}` };
    for (let again = 0; again < 2; again++)
      expect((await dev.ask("GET", "/api/v1/status", undefined, bearer)).status).toBe(200);
    const peer = dev.open("/ws", { protocols: [`bearer.${String(body["token"])}`, "switchboard.1"] });
    await peer.opened;
    peer.say({ type: "hello", crmIds: ["42"] });
    expect(await peer.next("welcome")).toMatchObject({ subject: "developer", crmIds: ["42"] });
    expect((await dev.ask("GET", "/api/v1/status")).status).toBe(401);
  });

  it("gives a token for less where less is asked for", async () => {
    const { body } = await dev.ask("POST", path, { subject: "anna", crmIds: ["42"], for: 60 });
    const bearer = { authorization: `Bearer ${String(body["token"])}` };
    expect((await dev.ask("GET", "/api/v1/status", undefined, bearer)).status).toBe(403);
    expect(Number(body["expires"]) - Date.now()).toBeLessThanOrEqual(60_000);
    const wrong = await dev.ask("POST", path, { crmIds: "42" });
    expect([wrong.status, wrong.body]).toMatchObject([400, { error: { code: "invalid_argument" } }]);
  });

  it.each([
    ["a page of another origin", { origin: "https://evil.example" }],
    ["a name that was turned to this machine", { host: "evil.example", origin: "http://evil.example" }],
    ["a host that is none", { host: "99999999999" }],
    ["a proxy", { "x-forwarded-for": "203.0.113.1" }],
    ["a proxy that says less", { via: "1.1 proxy" }],
  ])("gives nothing to %s", async (_, headers) => {
    const { status, body } = await dev.ask("POST", path, undefined, headers);
    expect([status, body]).toMatchObject([403, { error: { code: "forbidden" } }]);
    expect((await dev.ask("GET", path, undefined, headers)).body).not.toEqual({ offered: true });
  });

  it("is not there unless the server was told to give it", async () => {
    expect((await plain.ask("GET", path)).body).toEqual({ offered: false });
    expect((await plain.ask("POST", path)).status).toBe(404);
  });

  it("nobody can turn it on beyond loopback, not even where the network is said to be closed", async () => {
    const start = createSwitchboard({
      host: "0.0.0.0",
      port: 0,
      dataDir: ":memory:",
      devLogin: true,
      insecure: true,
    });
    await expect(start).rejects.toThrow(/^SWITCHBOARD_DEV_LOGIN: /);
  });
});
