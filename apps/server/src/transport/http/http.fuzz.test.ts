import { errorCodes } from "@switchboard/protocol";
import { heapStats } from "bun:jsc";
import { SignJWT } from "jose";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Dice } from "../../../test/fuzz/dice.ts";
import { mutatedText, mutatedValue } from "../../../test/fuzz/mutation.ts";
import { RealServer } from "../../../test/real-server.ts";

const isFull = process.env["SWITCHBOARD_TEST_FULL"] === "1";
const seed = Number(process.env["FUZZ_SEED"] ?? 20_260);
const requests = isFull ? 100_000 : 1_000;
const lanes = 8;
const megabytesLeftMax = 24;
const testMs = isFull ? 1_800_000 : 120_000;
const jwtSecret = "9c1f7e0ab3d8624590acb7f1e2d3c4b5";
const key = "a-key-of-a-back-end";

const pages = mkdtempSync(join(tmpdir(), "switchboard-fuzz-"));
writeFileSync(join(pages, "index.html"), "<title>page</title>");
afterAll(() => rmSync(pages, { recursive: true }));

const common = {
  pages,
  history: [],
  pusherApps: [{ id: "1", key: "fuzzkey", secret: "fuzz-secret" }],
};
// Who guesses often waits long: here that would hide what is behind.
const limits = { failedLoginsPerMinuteMax: 1_000_000_000 };
const open = new RealServer({ ...common, limits });
const closed = new RealServer({ ...common, limits, jwtSecret });

interface Door {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

const publication = { topic: "crm.1", name: "n", data: { text: "héllo 😀" }, key: "k", exclude: ["s"] };

/** Every door, with something that is right. */
const doors: readonly Door[] = [
  { method: "POST", path: "/api/v1/publish", body: publication },
  { method: "POST", path: "/api/v1/publish", body: { crmIds: ["1", "2"], data: 1, receipt: 10 } },
  {
    method: "POST",
    path: "/api/v1/publish/batch",
    body: { publications: [publication, { topic: "a", data: 1 }] },
  },
  { method: "POST", path: "/api/v1/call", body: { procedure: "switchboard.topics", data: {}, timeout: 50 } },
  { method: "POST", path: "/api/v1/tickets", body: { subject: "a", crmIds: ["1"], for: 10, once: false } },
  { method: "POST", path: "/api/v1/dev-login", body: { subject: "a" } },
  { method: "POST", path: "/apps/1/events", body: { name: "n", channels: ["a"], data: "{}" } },
  { method: "GET", path: "/apps/1/channels?filter_by_prefix=a&auth_key=fuzzkey&auth_timestamp=1" },
  { method: "GET", path: "/api/v1/topics?prefix=crm." },
  { method: "GET", path: "/api/v1/topics/crm.1" },
  { method: "GET", path: "/api/v1/topics/crm.1/history?since=1&epoch=e&limit=5" },
  { method: "GET", path: "/api/v1/topics/crm.1/presence" },
  { method: "GET", path: "/api/v1/sessions" },
  { method: "DELETE", path: "/api/v1/sessions/none" },
  { method: "GET", path: "/api/v1/status" },
  { method: "GET", path: "/healthz" },
  { method: "GET", path: "/metrics" },
  { method: "GET", path: "/ws?crmId=1,2" },
  { method: "GET", path: "/app/fuzzkey?protocol=7" },
  { method: "GET", path: "/websocketclient?crmId=42" },
];

const headers = [
  "authorization",
  "content-type",
  "content-length",
  "transfer-encoding",
  "origin",
  "host",
  "upgrade",
  "connection",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-protocol",
  "sec-websocket-extensions",
  "idempotency-key",
  "if-none-match",
  "x-forwarded-for",
  "cookie",
  "expect",
  "range",
];

const values = [
  "websocket",
  "Upgrade",
  "13",
  "dGhlIHNhbXBsZSBub25jZQ==",
  "switchboard.1, wamp, bearer.x",
  "Bearer x.y.z",
  "Basic eDp5",
  "http://127.0.0.1",
  "null",
  "application/json",
  "chunked",
  "0",
  "-1",
  "99999999999",
  "100-continue",
  "permessage-deflate",
  "a=b; c",
  "",
];

/** One request as it stands on the wire, with a few things in it that are odd. */
function requestOf(dice: Dice): Buffer {
  const door = dice.oneOf(doors);
  const path = dice.below(2) === 0 ? door.path : mutatedText(door.path, dice.oneOf(doors).path, dice);
  const body = door.body === undefined ? "" : bodyOf(door.body, dice);
  const lines = [
    `${dice.below(12) === 0 ? "PUT" : door.method} ${target(path)} HTTP/1.1`,
    "Connection: close",
  ];
  const given = new Set<string>();
  for (let count = dice.below(5); count > 0; count -= 1) {
    const name = dice.oneOf(headers);
    given.add(name);
    const value = dice.oneOf(values);
    lines.push(`${name}: ${dice.below(3) === 0 ? mutatedText(value || "x", "\u0001é\t,;", dice) : value}`);
  }
  if (!given.has("host")) lines.push("Host: 127.0.0.1");
  if (body !== "" && !given.has("content-length")) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** A line has no white space in it, or it would be another request. */
function target(path: string): string {
  const text = path.replaceAll(/[\s\0]/g, "%20");
  return text.startsWith("/") ? text : `/${text}`;
}

function bodyOf(body: unknown, dice: Dice): string {
  const text = JSON.stringify(body);
  if (dice.below(3) === 0) return mutatedText(text, text, dice);
  return (
    JSON.stringify(
      mutatedValue(
        body,
        doors.flatMap((door) => door.body ?? []),
        dice,
      ),
    ) ?? ""
  );
}

/** What comes back until the server has said all, or waits for more; empty where it hung up. */
function exchange(port: number, request: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host: "127.0.0.1", port });
    const done = () => {
      socket.destroy();
      resolve(text);
    };
    // Who announces more than comes is waited for: that is no answer, and no fault.
    const timer = setTimeout(done, 250);
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (isWhole(text)) done();
    });
    socket.on("error", done);
    socket.on("close", () => {
      clearTimeout(timer);
      done();
    });
    socket.write(request);
  });
}

function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  if (text.startsWith("HTTP/1.1 101")) return true;
  const [, length = "0"] = /content-length: (\d+)/i.exec(text) ?? [];
  return text.length >= end + 4 + Number(length);
}

/** The status; what is refused by us must say so by a name of the table, or of Bun's own parser with a bare 4xx. */
function statusOf(answer: string, request: Buffer): number {
  if (answer === "") return 0;
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
  const shown = `${JSON.stringify(request.toString("latin1").slice(0, 2_000))} → ${answer.slice(0, 500)}`;
  const body = answer.slice(answer.indexOf("\r\n\r\n") + 4);
  // Bun's own word, before it is a request, for a first line that ends in no version.
  if (status === 505 && body === "") return status;
  expect(status, shown).toBeLessThan(500);
  if (status >= 400 && body.startsWith('{"error":')) {
    const { error } = JSON.parse(Buffer.from(body, "latin1").toString()) as {
      error: { code: string; message: string };
    };
    expect(Object.keys(errorCodes), shown).toContain(error.code);
    expect(error.message, shown).not.toBe("");
  }
  return status;
}

async function inLanes(count: number, one: (dice: Dice) => Promise<void>): Promise<void> {
  let left = count;
  const lane = async (_: unknown, number: number) => {
    const dice = new Dice(seed + number);
    for (; left > 0; left -= 1) await one(dice);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function heapMegabytes(): number {
  Bun.gc(true);
  return heapStats().heapSize / 1e6;
}

describe(`[R15] ${requests} odd requests (FUZZ_SEED=${seed}): none is answered with a fault of ours`, () => {
  it(
    "paths, queries, headers and bodies",
    async () => {
      const counts = new Map<number, number>();
      const port = Number(new URL(open.url("/")).port);
      const one = async (dice: Dice) => {
        const request = requestOf(dice);
        const status = statusOf(await exchange(port, request), request);
        counts.set(status, (counts.get(status) ?? 0) + 1);
      };
      await inLanes(requests / 10, one);
      const before = heapMegabytes();
      await inLanes(requests, one);
      const left = heapMegabytes() - before;
      const told = [...counts]
        .toSorted(([a], [b]) => a - b)
        .map(([status, count]) => `${status || "hung up"} ${count}`);
      process.stdout.write(
        `  [fuzz] HTTP: ${told.join(", ")}; heap ${before.toFixed(0)} + ${left.toFixed(1)} MB\n`,
      );
      expect(counts.get(200)).toBeGreaterThan(requests / 20);
      expect(counts.get(400)).toBeGreaterThan(requests / 20);
      expect(left).toBeLessThan(megabytesLeftMax);
      expect((await open.ask("GET", "/readyz")).status).toBe(200);
    },
    testMs,
  );

  it(
    "tokens: what differs from the one that is right opens nothing",
    async () => {
      const token = await new SignJWT({ crmIds: ["1"], permissions: { read: true } })
        .setProtectedHeader({ alg: "HS256" })
        .setExpirationTime("1h")
        .sign(new TextEncoder().encode(jwtSecret));
      const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
      expect((await closed.ask("GET", "/api/v1/status", undefined, bearer(token))).status).toBe(200);
      let refused = 0;
      await inLanes(requests, async (dice) => {
        const wrong = mutatedText(token, `${key}.e30.e30`, dice).replaceAll(/[^\x21-\x7e]/g, "?") || "x";
        if (isSame(wrong, token)) return;
        const { status, body } = await closed.ask("GET", "/api/v1/status", undefined, bearer(wrong));
        expect([status, body], wrong).toMatchObject([401, { error: { code: "unauthenticated" } }]);
        refused += 1;
      });
      process.stdout.write(`  [fuzz] tokens: ${refused} wrong ones, each refused by name\n`);
      expect(refused).toBeGreaterThan(requests / 2);
    },
    testMs,
  );
});

/** The last letter of a signature has bits that mean nothing. */
function isSame(text: string, token: string): boolean {
  const parts = (one: string) => {
    const [header, payload, signature = ""] = one.split(".");
    return `${header}.${payload}.${Buffer.from(signature, "base64url").toString("hex")}`;
  };
  return parts(text) === parts(token);
}
