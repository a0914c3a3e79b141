import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

const root = new URL("../../", import.meta.url).pathname;
const patience = { timeout: 60_000, interval: 100 } as const;

it("[R18] an npm start that is told to end ends the server, too", async () => {
  const npm = spawn("npm", ["start", "-s", "--", "--port", "0", "--data-dir", ":memory:"], {
    cwd: root,
    env: { ...process.env, SWITCHBOARD_DRAIN_MS: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [npm.stdout, npm.stderr]) stream.on("data", (text) => (said += String(text)));
  const address = () => /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
  await expect.poll(address, patience).toBeDefined();
  const isAlive = () =>
    fetch(`${address()}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  expect(await isAlive()).toBe(true);
  const ended = once(npm, "exit");
  npm.kill("SIGTERM");
  await ended;
  await expect.poll(isAlive, patience).toBe(false);
});
