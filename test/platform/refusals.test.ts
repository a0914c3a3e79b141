import { createHmac, randomBytes } from "node:crypto";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ServerProcess } from "../recovery/server-process.ts";

const jwtSecret = randomBytes(32).toString("hex");
const readKey = randomBytes(16).toString("hex");
const ticketKey = randomBytes(16).toString("hex");
/** Everything that was shown to a server: none of it may stand in its log. */
const shown: string[] = [readKey, ticketKey, jwtSecret];

let strict: ServerProcess;
let cutOff: ServerProcess;

beforeAll(async () => {
  strict = await ServerProcess.start({
    SWITCHBOARD_LOG: "trace",
    SWITCHBOARD_JWT_SECRET: jwtSecret,
    SWITCHBOARD_API_KEYS: `${readKey}=read,${ticketKey}=tickets+subscribe`,
  });
  // Whoever it should ask cannot be reached.
  cutOff = await ServerProcess.start({
    SWITCHBOARD_LOG: "trace",
    SWITCHBOARD_JWKS_URL: "http://127.0.0.1:1/",
    SWITCHBOARD_AUTH_URL: "http://127.0.0.1:1/",
  });
});

afterAll(async () => {
  await strict?.[Symbol.asyncDispose]();
  await cutOff?.[Symbol.asyncDispose]();
});

/** A secret that nobody knows. */
function secret(): string {
  const text = randomBytes(12).toString("hex");
  shown.push(text);
  return text;
}

/** A token by hand (HS256), for somebody, until some seconds from now. */
function tokenFor(sub: string, seconds: number, key = jwtSecret, alg = "HS256"): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1_000) + seconds;
  const signed = `${part({ alg, typ: "JWT" })}.${part({ sub, exp, crmIds: ["42"] })}`;
  const token = `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
  shown.push(token, token.split(".")[1] as string, token.split(".")[2] as string);
  return token;
}

function ask(server: ServerProcess, path: string, headers: Record<string, string> = {}, method = "GET") {
  return new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const asked = request(server.url + path, { method, headers });
    asked.on("upgrade", (_, socket) => {
      socket.destroy();
      resolve({ status: 101, text: "" });
    });
    asked.on("response", (response) => {
      let text = "";
      response.on("data", (part: Buffer) => (text += part.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on("error", reject);
    asked.end(method === "POST" ? '{"crmIds":["42"],"data":1}' : undefined);
  });
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const upgrade = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

/** Says each once the last was answered; the code with which the connection was ended, or undefined. */
function converse(
  server: ServerProcess,
  path: string,
  frames: readonly object[],
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(server.url.replace("http", "ws") + path);
    const left = [...frames];
    const next = () => {
      const frame = left.shift();
      if (frame === undefined) {
        resolve(undefined);
        socket.close();
      } else socket.send(JSON.stringify(frame));
    };
    socket.addEventListener("open", next);
    socket.addEventListener("message", next);
    socket.addEventListener("close", ({ code }) => resolve(code));
  });
}

/** Of the refusals that the server has logged, those at this door: why. */
const refusedAt = (server: ServerProcess, door: string): string[] =>
  server.output.split("\n").flatMap((line) => {
    if (!line.includes('"refused"')) return [];
    const entry = JSON.parse(line) as {
      readonly door: string;
      readonly why: string;
      readonly address: string;
    };
    expect(entry.address).toBe("127.0.0.1");
    return entry.door === door ? [entry.why] : [];
  });

describe("[R36] the log says what was refused and why, and never what was shown", () => {
  it("over HTTP", async () => {
    const statuses = [
      await ask(strict, `/api/v1/topics?token=${secret()}`),
      await ask(strict, "/api/v1/topics", bearer(secret())),
      await ask(strict, "/api/v1/topics", bearer(tokenFor("anna", -60))),
      await ask(strict, "/api/v1/topics", bearer(tokenFor("anna", 60, secret()))),
      await ask(strict, "/api/v1/topics", bearer(tokenFor("anna", 60))),
    ].map(({ status }) => status);
    expect(statuses).toEqual([401, 401, 401, 401, 403]);
    expect((await ask(strict, "/api/v1/publish", bearer(readKey), "POST")).status).toBe(403);
    await expect
      .poll(() => refusedAt(strict, "GET /api/v1/topics"), { timeout: 30_000 })
      .toEqual([
        "Authorization: Bearer <token or key> is needed",
        "token: there is no such key or token",
        "token: has expired",
        "token: is not valid",
        "read: this token or key may not",
      ]);
    await expect
      .poll(() => refusedAt(strict, "POST /api/v1/publish"), { timeout: 30_000 })
      .toEqual(["publish: crm.42 is not among what this token or key may publish"]);
  });

  it("before the upgrade: in a header, among the subprotocols, and in the URL", async () => {
    const { text } = await ask(strict, "/api/v1/tickets", bearer(ticketKey), "POST");
    const { ticket } = JSON.parse(text) as { readonly ticket: string };
    shown.push(ticket, ...ticket.split(".").slice(1));
    const statuses = [
      await ask(strict, "/ws", { ...upgrade, ...bearer(secret()) }),
      await ask(strict, "/ws", { ...upgrade, "sec-websocket-protocol": `switchboard.1, bearer.${secret()}` }),
      await ask(strict, `/ws?ticket=${secret()}`, upgrade),
      await ask(strict, `/ws?ticket=${ticket}`, upgrade),
      await ask(strict, `/ws?ticket=${ticket}`, upgrade),
      await ask(strict, "/ws", { ...upgrade, origin: "https://evil.example", cookie: `session=${secret()}` }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([401, 401, 401, 101, 401, 403]);
    await expect
      .poll(() => refusedAt(strict, "GET /ws"), { timeout: 30_000 })
      .toEqual([
        ...Array.from({ length: 3 }, () => "token: there is no such key or token"),
        "ticket: was used already",
        "pages of this origin may not connect (SWITCHBOARD_ALLOWED_ORIGINS)",
      ]);
  });

  it("in a conversation", async () => {
    const ping = { type: "ping", id: 1 };
    const hello = { type: "hello", token: tokenFor("anna", 60) };
    const refresh = { type: "refresh", id: 1, token: tokenFor("eve", 60) };
    const wrongly = { type: "refresh", id: 2, token: secret() };
    const odd = { type: "refresh", id: 3, token: { of: secret() } };
    const subscribe = { type: "subscribe", id: 4, topic: "crm.43" };
    expect(await converse(strict, "/ws", [hello, refresh, wrongly, odd, subscribe])).toBeUndefined();
    expect(await converse(strict, "/ws", [{ type: "hello", token: secret() }])).toBe(4501);
    expect(await converse(strict, `/ws?crmId=42&token=${secret()}`, [ping, ping])).toBe(4501);
    await expect
      .poll(() => refusedAt(strict, "switchboard.1"), { timeout: 30_000 })
      .toEqual([
        "token: is somebody else's",
        "token: there is no such key or token",
        "subscribe: crm.43 is not among what this token or key may subscribe",
        "token: there is no such key or token",
        "a token is needed",
      ]);
  });

  it("where nobody can be asked", async () => {
    const asked = { ...upgrade, cookie: `session=${secret()}` };
    expect((await ask(cutOff, "/ws?crmId=42", asked)).status).toBe(503);
    const token = tokenFor("anna", 60, secret(), "ES256");
    expect((await ask(cutOff, "/ws", { ...upgrade, ...bearer(token) })).status).toBe(503);
    expect((await ask(cutOff, "/api/v1/topics", bearer(token))).status).toBe(503);
    await expect
      .poll(() => refusedAt(cutOff, "GET /ws"), { timeout: 30_000 })
      .toEqual([
        "the application cannot be asked who you are; try again later",
        "token: the keys that verify it cannot be fetched now",
      ]);
    expect(cutOff.output).toContain("SWITCHBOARD_AUTH_URL: ");
  });

  it("and nothing of what was shown stands anywhere", async () => {
    // What comes later is written later: when this stands there, so does all before.
    await ask(strict, "/api/v1/topics/last-word");
    await expect
      .poll(() => refusedAt(strict, "GET /api/v1/topics/last-word").length, { timeout: 30_000 })
      .toBe(1);
    expect(shown.length).toBeGreaterThan(20);
    for (const text of shown) {
      expect(text.length).toBeGreaterThan(15);
      expect(strict.output + cutOff.output).not.toContain(text);
    }
  });
});
