import { describe, expect, it } from "vitest";
import { NatsServer } from "../../../test/nats-server.ts";
import { connectionOptions, parseAddresses } from "./addresses.ts";
import { Connection } from "./connection.ts";
import { readsBatches, refuseOldServer } from "./version.ts";

function connectTo(url: string, news: string[] = [], inspect: () => void = () => {}): Connection {
  const report = (error: unknown) => news.push(String(error));
  const options = connectionOptions(parseAddresses(url));
  return new Connection({ options, tell: (text) => news.push(text), report, inspect });
}

describe("the connection to NATS", () => {
  it("waits for a server that is away, and says so once", async () => {
    await using server = await NatsServer.start();
    await server.signal("SIGKILL");
    const news: string[] = [];
    await using connection = connectTo(server.url, news);
    await expect.poll(() => news.length, { timeout: 60_000 }).toBe(1);
    expect(news[0]).toContain(`waiting for NATS at 127.0.0.1:${server.port}`);
    expect(() => connection.client).toThrow("NATS cannot be reached");
    await server.start();
    await connection.started;
    expect(connection.isUp).toBe(true);
    expect(news).toHaveLength(2);
  });

  it("refuses what is under way when it breaks, and what is asked while it is down; then it is back by itself", async () => {
    await using server = await NatsServer.start();
    await using connection = connectTo(server.url);
    await connection.started;
    const heard: string[] = [];
    connection.subscribe("a", (message) => heard.push(message.string()));
    connection.subscribe("silent", () => {});
    await connection.flush();
    const asked = connection.request("silent", "", { timeoutMs: 60_000 }).catch((error: unknown) => error);
    await server.signal("SIGKILL");
    expect(await asked).toMatchObject({ code: "unavailable" });
    expect(connection.isUp).toBe(false);
    expect(() => connection.publish("a", "lost")).toThrow(expect.objectContaining({ code: "unavailable" }));
    await expect(connection.request("a")).rejects.toMatchObject({ code: "unavailable" });
    await server.start();
    await expect.poll(() => connection.isUp, { timeout: 60_000 }).toBe(true);
    connection.publish("a", "again");
    await expect.poll(() => heard, { timeout: 60_000 }).toEqual(["again"]);
  });

  it("fails for good where the server will not do, and says why", async () => {
    await using server = await NatsServer.start();
    await using connection = connectTo(server.url, [], () => {
      throw new Error("too old");
    });
    await expect(connection.started).rejects.toThrow("too old");
    await expect(connection.request("a")).rejects.toThrow("too old");
  });

  it("logs in with the user and password, or the token, of the address", async () => {
    await using server = await NatsServer.start(["--user", "ann", "--pass", "s:cret"]);
    await using connection = connectTo(server.url.replace("//", "//ann:s%3Acret@"));
    await connection.started;
    await connection.flush();
    await using other = await NatsServer.start(["--auth", "t0ken"]);
    await using second = connectTo(other.url.replace("//", "//t0ken@"));
    await second.started;
    await second.flush();
  });
});

describe("the servers' version", () => {
  const info = (version: string, jetstream = true) =>
    ({ version, jetstream }) as unknown as Parameters<typeof refuseOldServer>[0];

  it.each(["2.9.10", "2.11.99", "1.4.0"])("%s is refused with replicas, unless it is allowed", (version) => {
    expect(() => refuseOldServer(info(version), 3, false)).toThrow(/2\.12 or newer.*ALLOW_OLD=1/);
    refuseOldServer(info(version), 3, true);
    refuseOldServer(info(version), 1, false);
  });

  it.each(["2.12.0", "2.15.1", "3.0.0-beta"])("%s is taken", (version) => {
    refuseOldServer(info(version), 3, false);
  });

  it.each([
    ["2.9.10", false],
    ["2.11.10", false],
    ["2.12.1", false],
    ["2.12.2", true],
    ["2.15.1", true],
  ])("%s is asked for several messages at once: %s", (version, isSo) => {
    expect(readsBatches(info(version))).toBe(isSo);
  });

  it("a server without JetStream is refused", () => {
    expect(() => refuseOldServer(info("2.12.0", false), 1, true)).toThrow("-js");
  });
});

describe("addresses of NATS servers", () => {
  it.each(["http://a", "nats://", "", "nats://a b"])(
    "%s is none, and the message says what is right",
    (text) => {
      expect(() => parseAddresses(text)).toThrow("nats://127.0.0.1:4222");
    },
  );

  it("may be several, without a scheme, and with TLS", () => {
    expect(connectionOptions(parseAddresses("a:1, nats://b ,tls://c:3"))).toEqual({
      servers: ["a:1", "b:4222", "c:3"],
      tls: {},
    });
  });
});
