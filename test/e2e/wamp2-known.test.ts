import { createSwitchboard } from "@switchboard/server";
import { spawn } from "node:child_process";
import { createHash, pbkdf2Sync } from "node:crypto";
import { expect, it } from "vitest";

/** After so long, what was told until then is compared. */
const patienceMs = 60_000;
const python = process.env.PYTHON_PATH ?? "";
const [key, password] = ["a-key-of-the-back-end", "eve's password"];

interface Told {
  readonly name: string;
  readonly value: unknown;
}

/** What the two clients print, until both have left. */
async function run(
  url: URL,
  ticket: string,
): Promise<{ readonly told: Told[]; readonly complaints: string }> {
  const script = new URL("wamp2-known.py", import.meta.url).pathname;
  const clients = spawn(python, [script, url.href, ticket, password]);
  let [out, complaints] = ["", ""];
  clients.stdout.on("data", (text) => (out += String(text)));
  clients.stderr.on("data", (text) => (complaints += String(text)));
  await new Promise<void>((resolve) => {
    const giveUp = setTimeout(() => clients.kill("SIGKILL"), patienceMs);
    clients.once("close", () => {
      clearTimeout(giveUp);
      resolve();
    });
    const look = () => out.includes('"left"') && out.includes('"killed"') && clients.kill("SIGKILL");
    clients.stdout.on("data", look);
  });
  const lines = out.split("\n").filter((line) => line !== "");
  return { told: lines.map((line) => JSON.parse(line) as Told), complaints };
}

it.skipIf(python === "")(
  "[R31] Debian's python3-autobahn, known by ticket and by WAMP-CRA: roles, last words, history, meta APIs",
  async () => {
    const all = { subscribe: [">"], publish: [">"], call: [">"] };
    const maker = { crmIds: ["*"], patterns: all, read: true, admin: true, tickets: true };
    const server = await createSwitchboard({
      port: 0,
      dataDir: ":memory:",
      log: "silent",
      drainMs: 0,
      apiKeys: [
        {
          hash: createHash("sha256").update(key).digest(),
          grant: maker,
        },
      ],
      wampcraUsers: new Map([
        [
          "eve",
          {
            secret: pbkdf2Sync(password, "salt", 100, 32, "sha256").toString("base64"),
            salt: "salt",
            iterations: 100,
            keylen: 32,
            grant: {
              subject: "eve",
              role: "guest",
              crmIds: [],
              patterns: { subscribe: ["com.news"], call: [">"] },
              read: false,
              admin: false,
              tickets: false,
            },
          },
        ],
      ]),
    });
    try {
      const made = await fetch(new URL("/api/v1/tickets", server.url), {
        method: "POST",
        headers: { Authorization: `Bearer ${key}` },
        body: JSON.stringify({
          subject: "anna",
          role: "staff",
          crmIds: ["*"],
          permissions: { ...all, read: true, admin: true },
        }),
      });
      const { ticket } = (await made.json()) as { ticket: string };
      const url = new URL("/ws", server.url);
      url.protocol = "ws:";
      const { told, complaints } = await run(url, ticket);
      const of = (wanted: string) => told.filter(({ name }) => name === wanted).map(({ value }) => value);
      expect(of("anna"), complaints).toEqual([["anna", "staff", "ticket"]]);
      expect(of("eve"), complaints).toEqual([["eve", "guest", "wampcra"]]);
      expect(of("refused")).toEqual(["wamp.error.not_authorized"]);
      expect(of("heard"), complaints).toEqual(["for all", "the end"]);
      expect([of("subscribers"), of("killed")]).toEqual([[1], [1]]);
      expect(of("history")).toEqual([[[["two"], ["one"]], { is_limit_reached: false }]]);
      expect(of("retained")).toEqual([["word", true]]);
      expect(of("left")).toEqual(["com.bye"]);
    } finally {
      await server.close();
    }
  },
);
