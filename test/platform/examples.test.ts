import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { createSwitchboard } from "@switchboard/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const examples = resolve(import.meta.dirname, "../../examples");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "examples-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts an example as its first line says, in a folder of its own. */
function start(words: readonly string[], env: Record<string, string> = {}) {
  const [file = "", ...args] = words;
  const child = Bun.spawn([process.execPath, join(examples, file), ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdout: "pipe",
    stderr: "inherit",
  });
  const said: string[] = [];
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) said.push(decoder.decode(bytes, { stream: true }));
  })();
  const end = async () => {
    child.kill("SIGINT");
    await child.exited;
  };
  return {
    said: () => said.join(""),
    finished: async () => {
      const [code] = await Promise.all([child.exited, reading]);
      return [code, said.join("")];
    },
    [Symbol.asyncDispose]: end,
  };
}

describe("examples/crm, run as its first lines say", () => {
  it("opens a record, closes a deal in it, and says so when it was closed before", async () => {
    await using server = start(["crm/server.ts"], { PORT: "0" });
    await expect.poll(server.said).toMatch(/The CRM listens on \S+\n/);
    const env = { SWITCHBOARD_URL: /listens on (\S+)/.exec(server.said())?.[1] ?? "" };
    await using open = start(["crm/client.ts", "42"], env);
    await expect.poll(open.said).toContain("1 here");
    const [code, said] = await start(["crm/client.ts", "42", "d-1", "900"], env).finished();
    expect([code, said]).toEqual([0, expect.stringMatching(/closed, seen by \d/)]);
    expect(said).toContain("asking …");
    await expect.poll(open.said).toContain("deal d-1 is closed");
    const again = start(["crm/client.ts", "42", "d-1", "900"], env);
    expect(await again.finished()).toEqual([0, expect.stringMatching(/closed since \d{4}-/)]);
    const wrong = start(["crm/client.ts", "42", "d-2", "-1"], env);
    expect(await wrong.finished()).toEqual([0, expect.stringMatching(/invalid_payload: \S*amount/)]);
  });
});

describe("examples/follow.ts and examples/publisher.ts, run as their first lines say", () => {
  it("print what was published, and where", async () => {
    const server = await createSwitchboard({ port: 0, dataDir: ":memory:", log: "silent", drainMs: 0 });
    try {
      const env = { SWITCHBOARD_URL: server.url.href };
      await using following = start(["follow.ts", "42", "43"], env);
      const listening = () => fetch(`${server.url.href}api/v1/topics`).then((answer) => answer.text());
      await expect.poll(listening).toMatch(/crm\.42.*crm\.43/);
      const [code, said] = await start(["publisher.ts", "43", '{"text":"hello"}'], env).finished();
      expect([code, said]).toEqual([0, expect.stringMatching(/^\S+ in crm\.43 at 1, sent to 1\n$/)]);
      await expect.poll(following.said).toBe('43 1 message {"text":"hello"}\n');
    } finally {
      await server.close();
    }
  });
});
