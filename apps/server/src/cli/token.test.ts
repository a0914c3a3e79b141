import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { tokenVerifier } from "../auth/tokens.ts";
import { token } from "./token.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const secret = "3f9a0c7be1d2648590acb7f1e2d3c4b5";

async function run(
  args: readonly string[],
  env: Record<string, string> = { SWITCHBOARD_JWT_SECRET: secret },
) {
  const child = Bun.spawn([process.execPath, main, "token", ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, out, error };
}

describe("[R28] switchboard token", () => {
  it("prints a token alone, which the server takes, and which allows what was asked for", async () => {
    const given = ["--publish", "crm.*,orders.>", "--publish", "a", "--call", "crm.*", "--read"];
    const { code, out, error } = await run([
      "--sub",
      "anna",
      "--crm-ids",
      "42, 43",
      "--for",
      "15m",
      ...given,
    ]);
    expect([code, error]).toEqual([0, ""]);
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const grant = await tokenVerifier({ secret })?.(out.trim());
    expect(grant).toMatchObject({
      subject: "anna",
      crmIds: ["42", "43"],
      patterns: { publish: ["crm.*", "orders.>", "a"], call: ["crm.*"] },
      read: true,
      admin: false,
      tickets: false,
    });
    const left = (grant?.expiresAt ?? 0) - Date.now();
    expect(left).toBeLessThanOrEqual(15 * 60_000);
    expect(left).toBeGreaterThan(10 * 60_000);
  });

  it("a token that allows nothing is made, and it is said that it does", async () => {
    const { code, out, error } = await run(["--sub", "anna"]);
    expect([code, out.split(".").length]).toEqual([0, 3]);
    expect(error).toContain("--crm-ids 42");
  });

  it.each([
    [["--for", "1y"], "--for: must be a time from 1s to 366d"],
    [["--for", "0s"], "--for: must be"],
    [["--crm-ids", "42,a.b"], '--crm-ids: "a.b": must be 1–64'],
    [["--publish", "a.>.b"], '--publish: "a.>.b": `>` may only be the last level'],
    [["--call", "a b"], '--call: "a b": must be 1–255 bytes'],
    [["--sub", ""], "--sub: must have 1 to 256"],
    [["--nope"], "Unknown option '--nope'"],
    [["--jwt-secret", "short"], "SWITCHBOARD_JWT_SECRET: must have 32 characters"],
  ])("%j is refused in a line that says what would be right", async (args, begins) => {
    const refused = await token(["--jwt-secret", secret, ...args]).catch((error: Error) => error.message);
    expect(refused?.startsWith(begins), refused ?? "was made").toBe(true);
    expect(refused).not.toContain("\n");
  });

  it("without a secret it says where one comes from, or who else signs, and prints nothing", async () => {
    const { code, out, error } = await run([], {});
    expect([code, out]).toEqual([1, ""]);
    expect(error).toMatch(/^SWITCHBOARD_JWT_SECRET: is not set.*openssl rand.*\n$/);
    expect((await run([], { SWITCHBOARD_JWKS_URL: "https://a.example/jwks" })).error).toMatch(
      /only has public keys/,
    );
  });
});
