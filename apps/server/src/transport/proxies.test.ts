import { describe, expect, it } from "vitest";
import { RealServer } from "../../test/real-server.ts";
import { parseNetworks } from "../core/address.ts";

const trustedProxies = parseNetworks("127.0.0.1");
const behind = new RealServer({ trustedProxies, limits: { sessionsPerAddressMax: 1 } });
const otherwise = new RealServer({ trustedProxies, proxyHeader: "x-real-ip" });
const direct = new RealServer();

const from = (server: RealServer, address: string) =>
  server.open("/ws?crmId=1", { headers: { "x-forwarded-for": address } });
const addresses = async (server: RealServer) =>
  ((await server.ask("GET", "/api/v1/sessions")).body["sessions"] as { address: string }[]).map(
    ({ address }) => address,
  );

describe("[R16] behind a proxy", () => {
  it("a session's address is what a trusted one says, and its limits hold for that", async () => {
    await from(behind, "6.6.6.6, 9.9.9.9").next("welcome");
    await expect(from(behind, "9.9.9.9").opened).rejects.toThrow();
    await from(behind, "9.9.9.8").next("welcome");
    await from(behind, "2001:db8::1").next("welcome");
    await expect(from(behind, "2001:db8::2").opened).rejects.toThrow();
    expect(await addresses(behind)).toEqual(["9.9.9.9", "9.9.9.8", "2001:db8::1"]);
  });

  it("a stranger's word is not taken, nor another header", async () => {
    for (const server of [direct, otherwise]) {
      await from(server, "9.9.9.9").next("welcome");
      expect(await addresses(server)).toEqual(["127.0.0.1"]);
    }
  });
});
