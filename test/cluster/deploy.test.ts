import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readSettings } from "../../apps/server/src/config.ts";

const folder = join(import.meta.dirname, "../../deploy");
const textOf = (file: string) => readFileSync(join(folder, file), "utf8");

interface Service {
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
}

it("[R16] the environment of deploy/switchboard.env is one that a node starts with", () => {
  const lines = textOf("switchboard.env").trim().split("\n");
  const env = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  const settings = readSettings(env);
  expect(settings.engine).toBe("nats");
  expect(settings.natsUrl).toHaveLength(3);
});

it("[R16] the nodes of deploy/compose.yaml start with what it says, and meet at its NATS servers", () => {
  const { services } = Bun.YAML.parse(textOf("compose.yaml")) as {
    readonly services: Record<string, Service>;
  };
  const filled = (text: string) =>
    text.replace("${NATS_TOKEN:?}", "token").replace("${API_KEYS:?}", "a-key-for-this-test");
  const names = Object.keys(services);
  const nodes = names.filter((name) => name.startsWith("node"));
  expect(nodes).toHaveLength(3);
  for (const name of nodes) {
    const environment = Object.entries(services[name]?.environment ?? {});
    const settings = readSettings(
      Object.fromEntries(environment.map(([key, value]) => [key, filled(value)])),
    );
    expect(settings.engine).toBe("nats");
    expect(settings.natsUrl.every(({ hostname }) => names.includes(hostname))).toBe(true);
    expect(settings.natsUrl[0]?.username).toBe("token");
  }
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
