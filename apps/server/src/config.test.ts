import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { helpText } from "./cli/help.ts";
import { ConfigError, readSettings, settingDocs } from "./config.ts";
import { limitTable } from "./core/limits.ts";
import { createSwitchboard } from "./server.ts";

/** The line that a wrong setting is refused with. */
function faultOf(env: Record<string, string>, args: readonly string[] = []): string {
  try {
    readSettings(env, args);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "right";
}

describe("settings", () => {
  it("[R16] nothing need be set, and what is not set is safe", () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({
      host: "127.0.0.1",
      port: 8080,
      dataDir: "data",
      history: [{ pattern: "crm.*", events: 1_000, ageMs: 86_400_000 }],
      engine: "local",
      allowedOrigins: [],
      insecure: false,
      log: "info",
    });
    for (const [name, limit] of Object.entries(limitTable))
      expect(settings.limits).toHaveProperty(name, limit.default);
  });

  it("[R16] an empty variable is one that is not set, and variables of others do not matter", () => {
    expect(readSettings({ PORT: "", SWITCHBOARD_LOG: "", PATH: "/bin", switchboard_x: "1" })).toEqual(
      readSettings({}),
    );
  });

  it("[R16] the variable of a program's key names that of the server's keys, and is not ignored", () => {
    const said =
      "SWITCHBOARD_API_KEY: is what programs show; the keys a server takes are SWITCHBOARD_API_KEYS";
    expect(faultOf({ SWITCHBOARD_API_KEY: "a-key" })).toBe(said);
  });

  it.each([
    [{ HOST: "::1" }, { host: "::1" }],
    [{ PORT: "0" }, { port: 0 }],
    [{ PORT: "65535" }, { port: 65_535 }],
    [{ SWITCHBOARD_DATA_DIR: ":memory:" }, { dataDir: ":memory:" }],
    [
      { SWITCHBOARD_HISTORY: " a.>=5/10m , b=1/2s" },
      {
        history: [
          { pattern: "a.>", events: 5, ageMs: 600_000 },
          { pattern: "b", events: 1, ageMs: 2_000 },
        ],
      },
    ],
    [
      { SWITCHBOARD_ALLOWED_ORIGINS: "https://a.example, https://b.example," },
      { allowedOrigins: ["https://a.example", "https://b.example"] },
    ],
    [
      { SWITCHBOARD_ALLOWED_ORIGINS: "*,http://localhost:5173,https://[::1]:8443,capacitor://localhost" },
      { allowedOrigins: ["*", "http://localhost:5173", "https://[::1]:8443", "capacitor://localhost"] },
    ],
    [{ SWITCHBOARD_PUSHER_PUBLIC: "news.*, >" }, { pusherPublic: ["news.*", ">"] }],
    [{ SWITCHBOARD_INSECURE: "1" }, { insecure: true }],
    [{ SWITCHBOARD_INSECURE: "0" }, { insecure: false }],
    [{ SWITCHBOARD_INSECURE: "true" }, { insecure: true }],
    [{ SWITCHBOARD_LOG: "silent" }, { log: "silent" }],
    [{ SWITCHBOARD_FRAME_BYTES_MAX: "1000" }, { limits: { frameBytesMax: 1_000 } }],
    [{ SWITCHBOARD_SESSIONS_PER_ADDRESS_MAX: "7" }, { limits: { sessionsPerAddressMax: 7 } }],
  ])("[R16] %j is understood", (env, settings) => {
    expect(readSettings(env)).toMatchObject(settings);
  });

  it("[R28] what publish and listen are told by variables does not keep a server from starting", () => {
    const env = { SWITCHBOARD_URL: "http://127.0.0.1:8080", SWITCHBOARD_TOKEN: "0123456789abcdef" };
    expect(readSettings(env)).toEqual(readSettings({}));
  });

  it("[R16] a flag beats the variable", () => {
    const env = {
      PORT: "1",
      HOST: "127.0.0.2",
      SWITCHBOARD_DATA_DIR: "a",
      SWITCHBOARD_FRAME_BYTES_MAX: "1000",
    };
    const flags = ["--port", "2", "--data-dir=b", "--frame-bytes-max", "2000"];
    expect(readSettings(env, flags)).toMatchObject({
      port: 2,
      host: "127.0.0.2",
      dataDir: "b",
      limits: { frameBytesMax: 2_000 },
    });
  });

  it.each([
    ["PORT", "abc", "a whole number from 0 to 65535"],
    ["PORT", "65536", "a whole number from 0 to 65535"],
    ["PORT", "-1", "a whole number from 0 to 65535"],
    ["PORT", "80.5", "a whole number"],
    ["PORT", " ", "a whole number"],
    ["PORT", "0x50", "a whole number"],
    ["PORT", "8e3", "a whole number"],
    ["SWITCHBOARD_ENGINE", "postgres", "local"],
    ["SWITCHBOARD_LOG", "loud", "silent"],
    ["SWITCHBOARD_INSECURE", "perhaps", "true"],
    ["SWITCHBOARD_HISTORY", "crm.*", "pattern=events/age"],
    ["SWITCHBOARD_HISTORY", "crm.*=1000/24", "crm.*=1000/24h"],
    ["SWITCHBOARD_HISTORY", "crm.*=0/1h", "pattern=events/age"],
    ["SWITCHBOARD_HISTORY", "crm.*=1/0h", "pattern=events/age"],
    ["SWITCHBOARD_HISTORY", "a.>.b=1/1h", "pattern=events/age"],
    ["SWITCHBOARD_ALLOWED_ORIGINS", "crm.example.com", "such as https://crm.example.com"],
    ["SWITCHBOARD_ALLOWED_ORIGINS", "https://a.example, https://b.example/", "no path"],
    ["SWITCHBOARD_ALLOWED_ORIGINS", "https://a.example:443", "no port that is the usual one"],
    ["SWITCHBOARD_ALLOWED_ORIGINS", "https://A.example", "such as https://crm.example.com"],
    ["SWITCHBOARD_PUSHER_PUBLIC", "a b", "such as news.*"],
    ["SWITCHBOARD_PUSHER_PUBLIC", "a.>.b", "such as news.*"],
    ["SWITCHBOARD_JWKS_URL", "ftp://a.example/keys", "an http or https URL"],
    ["SWITCHBOARD_FRAME_BYTES_MAX", "0", "from 1 to"],
    ["SWITCHBOARD_SESSIONS_MAX", "many", "a whole number"],
  ])("[R16] %s=%s is refused in a line that says so, and what would be right", (name, value, right) => {
    const line = faultOf({ [name]: value });
    expect(line.startsWith(`${name}: `)).toBe(true);
    expect(line).toContain(JSON.stringify(value));
    expect(line).toContain(right);
    expect(line).not.toContain("\n");
  });

  it("[R16] a wrong flag is refused like a wrong variable", () => {
    expect(faultOf({ PORT: "80" }, ["--port", "x"])).toContain("PORT: ");
    expect(faultOf({}, ["--prot", "80"])).toMatch(/--prot.*--help/);
    expect(faultOf({}, ["80"])).toMatch(/80.*--help/);
    expect(faultOf({}, ["--port"])).toMatch(/--port.*--help/);
  });

  it.each(["SWITCHBOARD_PROT", "SWITCHBOARD_", "SWITCHBOARD_APIKEYS"])(
    "[R16] %s, which means nothing, is refused rather than ignored",
    (name) => {
      expect(faultOf({ [name]: "1" })).toMatch(new RegExp(`^${name}: .*--help`));
    },
  );

  it("[R16] --help lists every setting as flag and variable, with its default and meaning", () => {
    const help = helpText(settingDocs());
    const names = Object.keys(readSettings({})).filter((name) => name !== "limits");
    expect(settingDocs().length).toBe(names.length + Object.keys(limitTable).length);
    for (const doc of settingDocs()) {
      const line = help.split("\n").find((one) => one.includes(`${doc.flag} (${doc.env})`));
      expect(line, doc.env).toContain(`${doc.meaning} [${doc.default}]`);
      expect(doc.default).not.toBe("undefined");
    }
  });
});

describe("an open door", () => {
  const start = (host: string, insecure = false) =>
    createSwitchboard({ host, port: 0, insecure, dataDir: ":memory:", log: "silent" });

  it.each([
    "0.0.0.0",
    "::",
    "192.168.0.1",
    "example.com",
    "127.0.0.1.example.com",
    "localhost.example.com",
    "1270.0.1",
  ])("[R16] nobody listens on %s without saying that it is meant", async (host) => {
    await expect(start(host)).rejects.toThrow(/^HOST: .*SWITCHBOARD_INSECURE=1/);
  });

  it("[R16] on loopback, or where it is meant, the server starts", async () => {
    for (const [host, insecure] of [
      ["127.0.0.1", false],
      ["localhost", false],
      ["127.0.0.1", true],
    ] as const)
      await (await start(host, insecure)).close();
  });
});

it.each(["999.1.1.1", "nowhere.invalid", "a b", "127.0.0.1:80", "http://127.0.0.1", "::g"])(
  "[R16] a HOST like %s, where nobody can listen, is named",
  async (host) => {
    const start = createSwitchboard({ host, port: 0, insecure: true, dataDir: ":memory:", log: "silent" });
    await expect(start).rejects.toThrow(`HOST: ${host} is no address of this machine`);
  },
);

describe("the command line", () => {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));

  async function run(args: readonly string[], env: Record<string, string> = {}) {
    const child = Bun.spawn([process.execPath, main, ...args], {
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdout: "pipe",
      stderr: "pipe",
      // A server that should not have started does not outlive the test.
      timeout: 50_000,
      killSignal: "SIGKILL",
    });
    const [out, error] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    return { code: await child.exited, out, error };
  }

  it("[R16] --help and --version answer and end", async () => {
    const [help, version] = await Promise.all([run(["--help"]), run(["--version"])]);
    expect([help.code, help.error, version.code]).toEqual([0, "", 0]);
    expect(help.out).toContain("SWITCHBOARD_DATA_DIR");
    expect(version.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [["serve", "--port", "x"], {}, "PORT: "],
    [["--port", "x"], {}, "PORT: "],
    [[], { SWITCHBOARD_TYPO: "1" }, "SWITCHBOARD_TYPO: "],
    [["--host", "0.0.0.0", "--port", "0", "--data-dir", ":memory:"], {}, "HOST: "],
    [["frobnicate"], {}, "switchboard: "],
    [["publish"], {}, "usage: "],
  ])("[R16] %j with %j stops with one line", async (args, env, begins) => {
    const { code, out, error } = await run(args, env);
    expect([code, out, error.trimEnd().split("\n").length]).toEqual([1, "", 1]);
    expect(error.startsWith(begins)).toBe(true);
  });
});
