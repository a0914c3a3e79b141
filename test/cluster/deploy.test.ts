import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readSettings, settingDocs } from "../../apps/server/src/config.ts";

const folder = join(import.meta.dirname, "../../deploy");
const textOf = (file: string) => readFileSync(join(folder, file), "utf8");

/** How long nats-server takes at the most to end after SIGUSR2, in seconds: its `lame_duck_duration` and its grace period. */
const lameDuckSeconds = 120 + 10;
/** How long a node may take to end besides its `SWITCHBOARD_DRAIN_MS`, in seconds. */
const lingerSeconds = 3;

interface Service {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly stop_signal?: string;
  readonly stop_grace_period: string;
}

function servicesOf(kind: "nats" | "node") {
  const { services } = Bun.YAML.parse(textOf("compose.yaml")) as {
    readonly services: Record<string, Service>;
  };
  return Object.entries(services).filter(([name]) => name.startsWith(kind));
}

/** What a unit says for this word, each time. */
function unitSays(file: string, word: string): readonly string[] {
  const lines = textOf(file).split("\n");
  return lines.flatMap((line) => (line.startsWith(`${word}=`) ? [line.slice(word.length + 1)] : []));
}

function environmentOf(text: string): Record<string, string> {
  const lines = text.trim().split("\n");
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

it("[R16] the environment of deploy/switchboard.env is one that a node starts with, once it has a key of one's own", () => {
  const text = textOf("switchboard.env");
  expect(() => readSettings(environmentOf(text))).toThrow("SWITCHBOARD_API_KEYS");
  const settings = readSettings(environmentOf(text.replace("put-a-key-here", "a-key-for-this-test")));
  expect(settings.engine).toBe("nats");
  expect(settings.natsUrl).toHaveLength(3);
  // Balancers that pass on TCP pass on what clients say of their address.
  expect(settings.trustedProxies).toEqual([]);
});

it("[R16] the nodes of deploy/compose.yaml start with what it says, and meet at its NATS servers", () => {
  const filled = (text: string) =>
    text.replace("${NATS_TOKEN:?}", "token").replace("${API_KEYS:?}", "a-key-for-this-test");
  const servers = servicesOf("nats").map(([name]) => name);
  expect(servicesOf("node")).toHaveLength(3);
  for (const [, { environment, ports = [] }] of servicesOf("node")) {
    const settings = readSettings(
      Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, filled(value)])),
    );
    expect(settings.engine).toBe("nats");
    expect(settings.natsUrl.map(({ hostname }) => hostname)).toEqual(servers);
    expect(settings.natsUrl[0]?.username).toBe("token");
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  }
});

it("[R18] whatever stops a node leaves it the time to empty itself", () => {
  const needed = readSettings({}).drainMs / 1_000 + lingerSeconds;
  expect(Number(unitSays("switchboard.service", "TimeoutStopSec")[0])).toBeGreaterThan(needed);
  for (const [, { stop_grace_period: period }] of servicesOf("node"))
    expect(Number.parseInt(period, 10)).toBeGreaterThan(needed);
});

it("a NATS server is stopped as a lame duck, and nothing hurries it: systemd goes on to kill as soon as an ExecStop has ended", () => {
  expect(unitSays("nats.service", "ExecStop")).toEqual([]);
  expect(unitSays("nats.service", "KillSignal")).toEqual(["SIGUSR2"]);
  expect(Number(unitSays("nats.service", "TimeoutStopSec")[0])).toBeGreaterThan(lameDuckSeconds);
  expect(servicesOf("nats")).toHaveLength(3);
  for (const [, service] of servicesOf("nats")) {
    expect(service.stop_signal).toBe("SIGUSR2");
    expect(Number.parseInt(service.stop_grace_period, 10)).toBeGreaterThan(lameDuckSeconds);
  }
});

it("the nodes of deploy/compose.yaml run in the bun that all else is run in", () => {
  const { packageManager } = JSON.parse(readFileSync(join(folder, "../package.json"), "utf8")) as Readonly<
    Record<string, string>
  >;
  for (const [, { image }] of servicesOf("node"))
    expect(image).toBe(`oven/${packageManager?.replace("@", ":")}`);
});

it("units presume no user that nobody made", () => {
  for (const unit of ["nats.service", "switchboard.service"]) {
    expect(unitSays(unit, "User")).toEqual([]);
    expect(unitSays(unit, "DynamicUser")).toEqual(["true"]);
  }
});

it("[R16] every setting that docs/cluster.md names is one", () => {
  const docs = readFileSync(join(folder, "../docs/cluster.md"), "utf8");
  const named = new Set(docs.match(/SWITCHBOARD_[A-Z_]+/g));
  expect(named.size).toBeGreaterThan(10);
  const known = new Set(settingDocs().map(({ env }) => env));
  expect([...named].filter((name) => !known.has(name))).toEqual([]);
});

it("[R16] deploy/nats.conf is one that nats-server takes", async () => {
  const server = process.env.NATS_SERVER_PATH || "nats-server";
  const path = `${process.env.PATH ?? ""}:/usr/sbin`;
  const env = { ...process.env, PATH: path, NATS_NAME: "nats-a", NATS_TOKEN: "token" };
  const child = Bun.spawn([server, "-t", "-c", join(folder, "nats.conf")], {
    env,
    stdout: "ignore",
    stderr: "pipe",
  });
  const said = await new Response(child.stderr).text();
  expect(said).toContain("is valid");
  expect(await child.exited).toBe(0);
});
