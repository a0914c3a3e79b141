import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { RealServer } from "../../test/real-server.ts";
import { parseApiKeys } from "../auth/api-keys.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const key = "kept-by-the-back-end-0123456789abcdef";
const server = new RealServer({ apiKeys: parseApiKeys(key) });

function start(args: readonly string[], env: Record<string, string> = {}) {
  return Bun.spawn([process.execPath, main, ...args], {
    env: { PATH: process.env["PATH"] ?? "", SWITCHBOARD_URL: server.url("/"), ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
}

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const child = start(args, env);
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, out, error };
}

describe("publish and listen", () => {
  it("one hears what the other says, both let in by a key", { timeout: 60_000 }, async () => {
    const listening = start(["listen", "42"], { SWITCHBOARD_TOKEN: key });
    const said = listening.stderr.pipeThrough(new TextDecoderStream()).getReader();
    let words = "";
    while (!words.includes("live")) {
      const { value, done } = await said.read();
      if (done) throw new Error(`listen ended: ${words}`);
      words += value;
    }
    const heard = listening.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const followed = () =>
      server.ask("GET", "/api/v1/topics/crm.42", undefined, { authorization: `Bearer ${key}` });
    await expect.poll(async () => (await followed()).body["subscribers"], { timeout: 20_000 }).toBe(1);

    const { code, out, error } = await run(["publish", "42", '{"id":12345678901234567890}', "--token", key]);
    expect([code, error]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ results: [{ topic: "crm.42", receivers: 1 }] });
    expect((await heard.read()).value).toMatch(
      /"topic":"crm\.42".*"data":\{"id":12345678901234567890\}\}\n$/,
    );
    listening.kill();
    await listening.exited;
  });

  it.each([
    [["publish", "42", "hello"], /^the data must be JSON, such as '\{"text":"hello"\}': .*\n$/],
    [["publish", "42", "1"], /^Authorization: .* is needed\n$/],
    [
      ["publish", "42", "1", "--url", "http://127.0.0.1:1"],
      /^http:\/\/127\.0\.0\.1:1 cannot be reached: .*\n$/,
    ],
    [["publish", "42"], /^usage: switchboard publish .*\n$/],
    [["listen"], /^usage: switchboard listen .*\n$/],
  ])("%j ends with 1, and with one line that says why", { timeout: 60_000 }, async (args, says) => {
    const { code, out, error } = await run(args);
    expect([code, out]).toEqual([1, ""]);
    expect(error).toMatch(says);
  });

  it("who is not let in is told so, and does not come back", { timeout: 60_000 }, async () => {
    const { code, error } = await run(["listen", "42"]);
    expect([code, error]).toEqual([1, expect.stringContaining("closed: ")]);
  });
});
