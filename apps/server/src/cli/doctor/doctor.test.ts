import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { certificateOf, CertificateFolder } from "../../../test/certificates.ts";
import { createSwitchboard } from "../../server.ts";
import { findingsFor } from "./doctor.ts";

const main = fileURLToPath(new URL("../../main.ts", import.meta.url));
const strongSecret = "9c1f7e0ab3d8624590acb7f1e2d3c4b5";
const hashedKey = `sha256:${"0123456789abcdef".repeat(4)}=publish:crm.*`;
const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

/** What is open, in a line each. */
async function openIn(env: Record<string, string>, args: readonly string[] = []): Promise<string[]> {
  const findings = await findingsFor({ SWITCHBOARD_DATA_DIR: ":memory:", ...env }, args);
  for (const { remedy } of findings) expect(remedy).not.toBe("");
  return findings.filter(({ level }) => level === "open").map(({ what }) => what);
}

async function folderWith(days: number): Promise<CertificateFolder> {
  const folder = new CertificateFolder(await certificateOf("doctor", days));
  cleanups.push(() => folder[Symbol.dispose]());
  chmodSync(folder.files.key, 0o600);
  return folder;
}

describe("[R28] switchboard doctor", () => {
  it("finds nothing open on loopback, nor where everything is closed", async () => {
    expect(await openIn({})).toEqual([]);
    const { files } = await folderWith(90);
    const closed = {
      HOST: "0.0.0.0",
      SWITCHBOARD_API_KEYS: hashedKey,
      SWITCHBOARD_JWT_SECRET: strongSecret,
      SWITCHBOARD_TLS_CERT: files.cert,
      SWITCHBOARD_TLS_KEY: files.key,
      SWITCHBOARD_ALLOWED_ORIGINS: "https://crm.example.com,http://localhost:5173",
    };
    expect(await openIn(closed)).toEqual([]);
    const behindProxy = {
      HOST: "0.0.0.0",
      SWITCHBOARD_AUTH_URL: "https://crm.example.com/auth",
      SWITCHBOARD_TRUSTED_PROXIES: "10.0.0.0/8",
    };
    expect(await openIn(behindProxy)).toEqual([]);
  });

  const auth = { SWITCHBOARD_JWT_SECRET: strongSecret };
  it.each([
    [{ SWITCHBOARD_INSECURE: "1" }, /INSECURE=1 is set, and not needed/],
    [{ HOST: "0.0.0.0", ...auth }, /HOST=0\.0\.0\.0 is served without TLS/],
    [{ SWITCHBOARD_ALLOWED_ORIGINS: "https://a.example,*" }, /ALLOWED_ORIGINS has \*/],
    [{ SWITCHBOARD_ALLOWED_ORIGINS: "http://a.example" }, /http:\/\/a\.example comes without TLS/],
    [{ SWITCHBOARD_JWT_SECRET: "short" }, /^SWITCHBOARD_JWT_SECRET: /],
    [{ SWITCHBOARD_JWT_SECRET: "my-secret-my-secret-my-secret-my!" }, /JWT_SECRET has a word in it/],
    [{ SWITCHBOARD_JWT_SECRET: "a".repeat(40) }, /JWT_SECRET is a sequence/],
    [{ SWITCHBOARD_JWT_SECRET: "k3xq9wzp".repeat(4) }, /JWT_SECRET repeats itself/],
    [{ SWITCHBOARD_JWT_SECRET: "axaxxaaxxaxaaxxxaaxaxxaaxaxaxxaxa" }, /JWT_SECRET is worth \d+ bits/],
    [{ SWITCHBOARD_API_KEYS: `${hashedKey},sha256:${"ab".repeat(32)}` }, /API_KEYS: key 2 may do everything/],
    [{ SWITCHBOARD_API_KEYS: "abcdefghijklmnop=read" }, /API_KEYS: key 1 has a word/],
    [{ SWITCHBOARD_JWKS_URL: "http://keys.example/jwks" }, /JWKS_URL is fetched without TLS/],
    [{ SWITCHBOARD_AUTH_URL: "http://crm.example/auth" }, /AUTH_URL is asked without TLS/],
    [
      { HOST: "0.0.0.0", ...auth, SWITCHBOARD_TRUSTED_PROXIES: "10.0.0.1", SWITCHBOARD_METRICS_OPEN: "1" },
      /METRICS_OPEN=1: whoever reaches/,
    ],
    [{ SWITCHBOARD_TYPO: "1" }, /^SWITCHBOARD_TYPO: /],
  ])("%j: %s", async (env, what) => {
    expect(await openIn(env)).toEqual([expect.stringMatching(what)]);
  });

  it("a host beyond loopback without auth is open, and without TLS, whether it is meant or not", async () => {
    const noTls = expect.stringMatching(/HOST=0\.0\.0\.0 is served without TLS/);
    expect(await openIn({ HOST: "0.0.0.0" })).toEqual([
      expect.stringMatching(/HOST=0\.0\.0\.0 .* nothing asks who they are/),
      noTls,
    ]);
    expect(await openIn({ HOST: "0.0.0.0", SWITCHBOARD_INSECURE: "1" })).toEqual([
      expect.stringMatching(/INSECURE=1: whoever reaches 0\.0\.0\.0/),
      noTls,
    ]);
  });

  it("flags count as variables do", async () => {
    expect(await openIn({}, ["--insecure", "1"])).toEqual([expect.stringMatching(/INSECURE=1 is set/)]);
  });

  it("finds what other users of the machine may read or write", async () => {
    const folder = mkdtempSync(join(tmpdir(), "switchboard-doctor-"));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const { files } = await folderWith(90);
    const env = {
      SWITCHBOARD_DATA_DIR: folder,
      SWITCHBOARD_TLS_CERT: files.cert,
      SWITCHBOARD_TLS_KEY: files.key,
    };
    expect(await openIn(env)).toEqual([]);
    chmodSync(folder, 0o755);
    chmodSync(files.key, 0o644);
    chmodSync(files.cert, 0o666);
    expect(await openIn(env)).toEqual([
      expect.stringContaining("SWITCHBOARD_DATA_DIR: every user of this machine may read"),
      expect.stringContaining("SWITCHBOARD_TLS_KEY: every user of this machine may read"),
      expect.stringContaining("SWITCHBOARD_TLS_CERT: every user of this machine may write"),
    ]);
  });

  it("a server that makes its data folder keeps it to itself", async () => {
    const folder = mkdtempSync(join(tmpdir(), "switchboard-doctor-"));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const dataDir = join(folder, "data");
    await (await createSwitchboard({ port: 0, dataDir, log: "silent", drainMs: 0 })).close();
    expect(await openIn({ SWITCHBOARD_DATA_DIR: dataDir })).toEqual([]);
  });

  it("a certificate that has ended is open, one that ends soon is advice", async () => {
    const envOf = ({ files }: CertificateFolder) => ({
      SWITCHBOARD_TLS_CERT: files.cert,
      SWITCHBOARD_TLS_KEY: files.key,
    });
    expect(await openIn(envOf(await folderWith(-1)))).toEqual([
      expect.stringMatching(/TLS_CERT: .* ended on/),
    ]);
    const soon = await findingsFor(envOf(await folderWith(10)), []);
    expect(soon).toContainEqual(
      expect.objectContaining({ level: "advice", what: expect.stringMatching(/TLS_CERT: .* ends on/) }),
    );
    const mixed = { ...envOf(await folderWith(90)), SWITCHBOARD_TLS_KEY: (await folderWith(90)).files.key };
    expect(await openIn(mixed)).toEqual([expect.stringMatching(/^SWITCHBOARD_TLS_KEY: .* is not the key/)]);
  });

  it("exits with 1 where something is open, else with 0, and never shows a secret", async () => {
    const run = async (env: Record<string, string>) => {
      const child = Bun.spawn([process.execPath, main, "doctor"], {
        env: { PATH: process.env["PATH"] ?? "", SWITCHBOARD_DATA_DIR: ":memory:", ...env },
        stdout: "pipe",
      });
      return { out: await new Response(child.stdout).text(), code: await child.exited };
    };
    const secret = "a-secret-that-nobody-should-ever-see";
    const sick = await run({ HOST: "0.0.0.0", SWITCHBOARD_JWT_SECRET: secret, SWITCHBOARD_API_KEYS: secret });
    expect(sick.code).toBe(1);
    expect(sick.out).toMatch(/^open {4}\S.*\n {8}→ \S/);
    expect(sick.out).not.toContain(secret);
    const well = await run({});
    expect([well.code, well.out.trimEnd().split("\n").at(-1)]).toEqual([
      0,
      expect.stringMatching(/^0 open, /),
    ]);
  });
});
