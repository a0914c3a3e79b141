import { createSwitchboard, type Switchboard } from "@switchboard/server";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parseNetworks } from "../../apps/server/src/core/address.ts";
import { freePort } from "../recovery/server-process.ts";

const nginx = ["/usr/sbin/nginx", "/usr/local/sbin/nginx"].find((path) => existsSync(path));

/** The configuration of docs/proxy.md, with the ports and folders of this test and without its certificate. */
async function configuration(folder: string, port: number, upstream: string): Promise<string> {
  const docs = await readFile(new URL("../../docs/proxy.md", import.meta.url), "utf8");
  const snippet = /```nginx\n([^]*?)```/.exec(docs)?.[1] ?? "";
  const mine = snippet
    .replace("listen 443 ssl;", `listen 127.0.0.1:${port};`)
    .replace(/ *ssl_certificate.*\n/g, "")
    .replace("http://127.0.0.1:8080", upstream)
    .replace("/var/log/nginx/switchboard.log", join(folder, "access.log"));
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const temporary = paths.map((path) => `${path}_temp_path ${join(folder, path)};`).join(" ");
  return `pid ${join(folder, "pid")}; daemon off; events {} http { ${temporary}\n${mine}\n}`;
}

describe.skipIf(nginx === undefined)("[R16] behind nginx, as docs/proxy.md has it", () => {
  let folder: string;
  let switchboard: Switchboard;
  let proxy: ChildProcess;
  let base: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "proxy-"));
    const trustedProxies = parseNetworks("127.0.0.1");
    switchboard = await createSwitchboard({ port: 0, dataDir: ":memory:", log: "silent", trustedProxies });
    const port = freePort();
    base = `http://127.0.0.1:${port}`;
    const path = join(folder, "nginx.conf");
    await writeFile(path, await configuration(folder, port, switchboard.url.origin));
    proxy = spawn(nginx as string, ["-e", join(folder, "error.log"), "-c", path], { stdio: "ignore" });
    await vi.waitUntil(() => statusOf("/healthz").catch(() => 0), { timeout: 30_000 });
  });

  afterAll(async () => {
    proxy.kill("SIGTERM");
    await switchboard.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Asks through the proxy, from another address than its own. */
  const statusOf = (path: string, headers: Record<string, string> = {}) =>
    new Promise<number>((resolve, reject) => {
      const asked = request(base + path, { localAddress: "127.0.0.2", headers });
      asked.on("upgrade", (_, socket) => {
        held.push(() => socket.destroy());
        resolve(101);
      });
      asked.on("response", (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.on("error", reject).end();
    });
  const held: (() => void)[] = [];
  const upgrade = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };

  it("messages go both ways, for the pages of the proxy's address", async () => {
    const socket = new WebSocket(`${base.replace("http", "ws")}/ws?crmId=42`);
    const heard: string[] = [];
    socket.addEventListener("message", ({ data }) => heard.push(JSON.parse(String(data)).type));
    await expect.poll(() => heard).toEqual(["welcome"]);
    socket.send(JSON.stringify({ type: "publish", id: 1, crmIds: ["42"], data: 1, echo: true }));
    await expect.poll(() => heard).toEqual(["welcome", "event", "published"]);
    socket.close();
    expect(await statusOf("/ws", { ...upgrade, origin: base })).toBe(101);
    expect(await statusOf("/ws", { ...upgrade, origin: "https://evil.example" })).toBe(403);
  });

  it("a session's address is the client's, whatever it says itself; a ticket stands in no log", async () => {
    const headers = { ...upgrade, "x-forwarded-for": "6.6.6.6" };
    expect(await statusOf("/ws?crmId=1&ticket=a-secret-ticket", headers)).toBe(101);
    const answer = await fetch(new URL("/api/v1/sessions", switchboard.url));
    const { sessions } = (await answer.json()) as { readonly sessions: readonly { address: string }[] };
    expect(sessions.map(({ address }) => address)).toContain("127.0.0.2");
    for (const end of held) end();
    const log = () => readFile(join(folder, "access.log"), "utf8");
    await expect.poll(log).toContain("GET /ws");
    expect(await log()).not.toContain("a-secret-ticket");
  });
});
