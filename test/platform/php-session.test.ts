import { createSwitchboard, type Switchboard } from "@switchboard/server";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { freePort } from "../recovery/server-process.ts";

const php = process.env.PHP_PATH ?? "";
const login = "<?php session_start(); $_SESSION = ['user' => 7, 'crmIds' => [42]]; echo 'welcome';";

describe.skipIf(php === "")("[R35] a session of PHP, as docs/ask-the-application.md has it", () => {
  let folder: string;
  let application: ChildProcess;
  let switchboard: Switchboard;
  let base: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "php-session-"));
    const docs = await readFile(new URL("../../docs/ask-the-application.md", import.meta.url), "utf8");
    await mkdir(join(folder, "sessions"));
    await writeFile(join(folder, "auth.php"), /```php\n(<\?php[^]*?)```/.exec(docs)?.[1] ?? "");
    await writeFile(join(folder, "login.php"), login);
    const at = `127.0.0.1:${freePort()}`;
    base = `http://${at}`;
    const sessions = `session.save_path=${join(folder, "sessions")}`;
    application = spawn(php, ["-d", sessions, "-S", at, "-t", folder], { stdio: "ignore" });
    const authUrl = `${base}/auth.php`;
    switchboard = await createSwitchboard({
      port: 0,
      dataDir: ":memory:",
      log: "silent",
      authUrl,
      authTimeoutMs: 60_000,
    });
    const isUp = () =>
      fetch(base)
        .then(() => true)
        .catch(() => false);
    await vi.waitUntil(isUp, { timeout: 30_000 });
  });

  afterAll(async () => {
    application?.kill("SIGTERM");
    await switchboard?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Asks for a socket with this cookie: the status, and the answer's body or the first frame. */
  const connect = (cookie: string, crmId: string) =>
    new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
      const headers = {
        cookie,
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
      };
      const asked = request(new URL(`/ws?crmId=${crmId}`, switchboard.url), { headers });
      asked.on("upgrade", (_, socket, head: Buffer) => {
        let text = head.toString();
        const done = () => {
          socket.destroy();
          resolve({ status: 101, text });
        };
        if (text !== "") return done();
        socket.once("data", (part: Buffer) => {
          text = part.toString();
          done();
        });
      });
      asked.on("response", (response) => {
        let text = "";
        response.on("data", (part: Buffer) => (text += part.toString()));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      asked.on("error", reject).end();
    });

  it("opens a socket for whom it knows, and for nobody else", async () => {
    const stranger = await connect("PHPSESSID=0123456789abcdef0123456789", "42");
    expect(stranger).toMatchObject({ status: 401, text: expect.stringContaining("log in first") as string });
    const entered = await fetch(`${base}/login.php`);
    const [cookie = ""] = (entered.headers.get("set-cookie") ?? "").split(";");
    expect(cookie).toMatch(/^PHPSESSID=/);
    const known = await connect(cookie, "42");
    expect(known).toMatchObject({ status: 101, text: expect.stringContaining('"subject":"7"') as string });
    // A Close frame: 4503 in its first two bytes.
    const other = await connect(cookie, "43");
    expect([other.status, other.text.includes("subscribe: crm.43")]).toEqual([101, true]);
  });
});
