import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Follower } from "./follower.ts";
import { historyAt, publishAt } from "./rest.ts";
import { ServerProcess, temporaryFolder } from "./server-process.ts";
import { report } from "./size.ts";
import { until } from "./until.ts";

const topic = "crm.42";
const pad = "x".repeat(5_000);

/** Runs a command of the system; whether it succeeded. */
function run(...command: string[]): boolean {
  try {
    return Bun.spawnSync(command, { stderr: "ignore" }).exitCode === 0;
  } catch {
    return false;
  }
}

let disk: string;
let isMounted = false;

beforeEach(() => {
  disk = temporaryFolder();
  isMounted = run("mount", "-t", "tmpfs", "-o", "size=3m", "switchboard-recovery", disk);
});

afterEach(() => {
  if (isMounted) run("umount", "-l", disk);
  run("rmdir", disk);
});

describe("a disk that cannot be written", () => {
  it("[R10] full: publishes are refused whole, /readyz is 503, and with room it goes on", async (test) => {
    if (!isMounted) test.skip("this needs a small file system, and only root may mount one");
    const folder = join(disk, "data");
    mkdirSync(folder);
    await using server = new ServerProcess({ SWITCHBOARD_LOG: "silent" }, folder);
    await server.start();
    using follower = new Follower(server.url, topic);
    await follower.subscription.ready;
    const accepted: number[] = [];
    const refused: number[] = [];
    const answers = new Set<string>();
    const publish = async (n: number) => {
      const { status, text } = await publishAt(server.url, { topic, data: { n, pad } });
      if (status === 200) accepted.push(n);
      else {
        refused.push(n);
        answers.add(`${status} ${text}`);
      }
    };
    const readiness = async () => (await fetch(`${server.url}/readyz`)).status;
    const numbers = (events: readonly { readonly data: unknown }[]) =>
      events.map(({ data }) => (data as { n: number }).n);

    expect(await readiness()).toBe(200);
    let next = 0;
    while (refused.length < 50) await publish(next++);
    const whenFull = accepted.length;
    expect(answers).toEqual(
      new Set([
        expect.stringMatching(/^503 \{"error":\{"code":"unavailable","message":".+nothing was stored/),
      ]),
    );
    expect(await readiness()).toBe(503);
    expect(numbers(await historyAt(server.url, topic))).toEqual(accepted);

    expect(run("mount", "-o", "remount,size=32m", disk)).toBe(true);
    await until(async () => (await readiness()) === 200);
    for (const end = next + 50; next < end; next++) await publish(next);
    await until(() => follower.data.length >= accepted.length);
    report("full disk", {
      accepted: whenFull,
      refused: refused.length,
      acceptedAfter: accepted.length - whenFull,
    });
    expect([whenFull > 20, refused.length, accepted.length - whenFull]).toEqual([true, 50, 50]);
    expect(follower.data.map((data) => (data as { n: number }).n)).toEqual(accepted);

    await server.end("SIGKILL");
    await server.start();
    expect(numbers(await historyAt(server.url, topic))).toEqual(accepted);
    await until(() => follower.recovered.length > 0);
    expect([follower.gaps, follower.data.length]).toEqual([[], accepted.length]);
  });

  it("[R16] read-only: the start ends with one line that names the setting and the folder", async (test) => {
    if (!isMounted) test.skip("this needs a file system of its own, and only root may mount one");
    expect(run("mount", "-o", "remount,ro", disk)).toBe(true);
    const server = new ServerProcess({}, join(disk, "data"));
    expect(await server.launch().exited).toBe(1);
    await until(() => server.output !== "");
    expect(server.output).toMatch(/^SWITCHBOARD_DATA_DIR: \S+ cannot be used: .+\n$/);
  });

  it("[R16] that becomes read-only over a store: the start says the same", async (test) => {
    if (!isMounted) test.skip("this needs a file system of its own, and only root may mount one");
    const server = new ServerProcess({}, disk);
    await server.start();
    await publishAt(server.url, { topic, data: 1 });
    await server.end("SIGTERM");
    expect(run("mount", "-o", "remount,ro", disk)).toBe(true);
    expect(await server.launch().exited).toBe(1);
    await until(() => server.output.includes("SWITCHBOARD_DATA_DIR"));
    expect(server.output.trimEnd().split("\n").at(-1)).toMatch(
      /^SWITCHBOARD_DATA_DIR: \S+ cannot be used: .+$/,
    );
  });
});
