import { closeCodes, downFrameSchema, errorCodes, upFrameSchema, type UpFrame } from "@switchboard/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { limitTable } from "../core/limits.ts";
import type { Frame } from "../../test/harness.ts";
import type { Peer } from "../../test/peer.ts";
import { RealServer } from "../../test/real-server.ts";

const server = new RealServer({ limits: { framesWaitingMax: 100_000 } });
const seed = Number(process.env["FUZZ_SEED"] ?? 20_260);

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const random = randomOf(seed);
const below = (limit: number) => Math.floor(random() * limit);
const oneOf = <T>(list: readonly T[]): T => list[below(list.length)] as T;

type Said = string | Uint8Array<ArrayBuffer>;

/** The code with which a frame ends the connection; undefined where it is answered, and the connection lives. */
function endOf(said: Said): number | undefined {
  if (typeof said !== "string") return closeCodes.binaryFrame.code;
  if (Buffer.byteLength(said) > limitTable.frameBytesHardMax.default) return closeCodes.frameTooLarge.code;
  try {
    JSON.parse(said);
    return undefined;
  } catch {
    return closeCodes.badFrame.code;
  }
}

/** Says it all, to a new peer where the last was ended; every answer and every end must be the protocol's, and only bad frames end. */
async function survive(all: readonly Said[]) {
  const outcome = { answers: 0, errors: 0, endings: 0 };
  const parts: Said[][] = [[]];
  for (const said of all) {
    parts.at(-1)?.push(said);
    if (endOf(said) !== undefined || parts.at(-1)?.length === 200) parts.push([]);
  }
  const lane = async () => {
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      const end = part.map(endOf).find((code) => code !== undefined);
      const peer = server.open("/ws?crmId=1,2");
      await peer.opened;
      for (const said of part) peer.say(said);
      const marker = 900_000_000 + below(1_000_000);
      if (end === undefined) peer.say({ type: "ping", id: marker });
      await peer.until(() => peer.ended !== undefined || peer.heard.some(({ id }) => id === marker));
      expect(peer.ended, String(part.at(-1)).slice(0, 300)).toBe(end);
      check(peer.heard);
      outcome.answers += peer.heard.length;
      outcome.errors += peer.heard.filter(({ type }) => type === "error").length;
      if (end !== undefined) outcome.endings += 1;
      peer.socket.close();
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  return outcome;
}

function check(heard: readonly Frame[]): void {
  for (const frame of heard) {
    expect(downFrameSchema.safeParse(frame), JSON.stringify(frame)).toMatchObject({ success: true });
    if (frame["type"] !== "error") continue;
    expect(Object.keys(errorCodes)).toContain(frame["code"]);
    expect(frame["code"]).not.toBe("internal");
  }
}

/** A good client still gets what it should. */
async function servesWell(): Promise<void> {
  const [ann, bob]: Peer[] = [await server.welcome(), await server.welcome("good")];
  ann?.say({ type: "publish", id: 1, crmIds: ["good"], data: "still here" });
  expect(await bob?.next("event")).toMatchObject({ data: "still here" });
  expect(await ann?.next("published")).toMatchObject({ results: [{ receivers: 1 }] });
  expect((await server.ask("GET", "/readyz")).status).toBe(200);
  ann?.socket.close();
  bob?.socket.close();
}

afterEach(servesWell);

const good: readonly UpFrame[] = [
  { type: "hello", crmIds: ["1"], client: "fuzz" },
  { type: "subscribe", id: 1, topic: "crm.1" },
  { type: "subscribe", id: 2, topic: "crm.", match: "prefix" },
  { type: "subscribe", id: 3, topic: "a.*.>", match: "wildcard" },
  { type: "subscribe", id: 4, topic: "crm.2", since: { epoch: "e", offset: 3 } },
  { type: "subscribe", id: 5, topic: "crm.1", last: 3 },
  { type: "unsubscribe", id: 6, topic: "crm.1" },
  { type: "publish", id: 7, topic: "crm.1", data: { text: "héllo 😀", list: [1, null, true] } },
  { type: "publish", id: 8, crmIds: ["1", "2"], data: "x", name: "n", key: "k", echo: true },
  { type: "publish", id: 9, topic: "a.b", data: 1, exclude: ["s"], eligible: ["t"], onlyCrmIds: ["1"] },
  { type: "register", id: 10, procedure: "p", invoke: "roundrobin" },
  { type: "call", id: 11, procedure: "q", data: [1], timeout: 50 },
  { type: "cancel", id: 11 },
  { type: "yield", id: 12, data: 1 },
  { type: "error", id: 13, code: "c", message: "m" },
  { type: "unregister", id: 14, procedure: "p" },
  { type: "ping", id: 15 },
];

const odd: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  "",
  " ",
  "a b",
  "\0",
  [],
  [[]],
  {},
  { a: {} },
  "x".repeat(300),
  2 ** 53,
];

const notJson = ["", "{", "}", "nul", "'", '{"type":', "\u0000", "\ufeff{}", "[1,2", "hello", '{"a":1}}'];

/** Frames that were good, each changed in some way: bits, cuts, splices, and values of other types. */
function mutated(count: number): string[] {
  return Array.from({ length: count }, () => {
    const text = JSON.stringify(oneOf(good));
    const at = below(text.length);
    switch (below(16)) {
      case 0:
        return (
          text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << below(7))) + text.slice(at + 1)
        );
      case 1:
        return text.slice(0, at);
      case 2:
        return text.slice(0, at) + text.slice(at + 1 + below(5));
      case 3:
        return text.slice(0, at) + JSON.stringify(oneOf(good)).slice(below(40));
      default: {
        const frame = { ...oneOf(good) } as Record<string, unknown>;
        const key = oneOf([...Object.keys(frame), "type", "id", "topic", "data", "crmIds"]);
        frame[key] = oneOf([...odd, ...good.map((one) => (one as Record<string, unknown>)[key])]);
        return JSON.stringify(frame);
      }
    }
  });
}

describe("[R4] whatever is said is answered by what the protocol names, and the server goes on", () => {
  it("the good frames are good", () => {
    for (const frame of good) expect(upFrameSchema.safeParse(frame).success).toBe(true);
  });

  it("what is no frame", async () => {
    const { endings: ended, errors } = await survive([
      ...notJson,
      ...odd.map((value) => JSON.stringify(value)),
      ...odd.map((value) => JSON.stringify({ type: value, id: 1 })),
      ...odd.map((value) => JSON.stringify({ type: "ping", id: value })),
    ]);
    expect(ended).toBeGreaterThanOrEqual(10);
    expect(errors).toBeGreaterThan(30);
  });

  it.each([
    ["arrays, closed", "[".repeat(100_000) + "]".repeat(100_000)],
    ["arrays, never closed", "[".repeat(100_000)],
    ["objects, closed", `${'{"a":'.repeat(80_000)}1${"}".repeat(80_000)}`],
    ["objects, never closed", '{"a":'.repeat(80_000)],
    [
      "arrays in data",
      `{"type":"publish","id":1,"topic":"crm.deep","data":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
    ],
    [
      "objects in an unknown key",
      `{"type":"ping","id":1,"x":${'{"a":'.repeat(80_000)}1${"}".repeat(80_000)}}`,
    ],
    ["arrays in a list", `{"type":"hello","crmIds":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
  ])("100,000 levels: %s", async (_, text) => {
    const { answers, endings: ended } = await survive([text]);
    expect(answers + ended).toBeGreaterThan(0);
  });

  it("data of 100,000 levels is carried", async () => {
    const data = "[".repeat(100_000) + "]".repeat(100_000);
    const [ann, bob] = [await server.welcome(), await server.welcome("deep")];
    const carried = new Promise<string>((resolve) => {
      bob.socket.addEventListener("message", ({ data: text }) => {
        if (String(text).includes('"event"')) resolve(String(text));
      });
    });
    ann.say(`{"type":"publish","crmIds":["deep"],"data":${data}}`);
    expect((await carried).endsWith(`"data":${data}}`)).toBe(true);
  });

  it("megabytes", async () => {
    const mega = "x".repeat(1_000_000);
    const outcome = await survive([
      JSON.stringify({ type: "publish", id: 1, topic: "a", data: mega }),
      JSON.stringify({ type: mega, id: 1 }),
      JSON.stringify({ type: "subscribe", id: 1, topic: mega }),
      mega,
      `{"type":"ping","id":1${',"x":1'.repeat(80_000)}}`,
      " ".repeat(1_000_000),
      JSON.stringify({ type: "ping", id: 1, x: "y".repeat(4_500_000) }),
    ]);
    expect(outcome).toMatchObject({ endings: 3 });
  });

  it("binary frames", async () => {
    const bytes = Array.from({ length: 10 }, () =>
      Uint8Array.from({ length: 1 + below(100) }, () => below(256)),
    );
    expect(await survive(bytes)).toMatchObject({ endings: 10 });
  });

  it(`10,000 mutations of good frames (FUZZ_SEED=${seed})`, async () => {
    const outcome = await survive(mutated(10_000));
    expect(outcome.errors).toBeGreaterThan(1_000);
    expect(outcome.answers - outcome.errors).toBeGreaterThan(500);
    expect(outcome.endings).toBeGreaterThan(100);
  });
});

describe("[R15] whatever is posted is answered with 200 or an error of the protocol, and the server goes on", () => {
  const paths = ["/api/v1/publish", "/api/v1/publish/batch"] as const;

  async function post(path: string, body: string | Uint8Array<ArrayBuffer>): Promise<number> {
    const response = await fetch(server.url(path), { method: "POST", body });
    const answer = (await response.json()) as { error?: { code: string } };
    if (response.status === 200) return 200;
    const row = Object.entries(errorCodes).find(([code]) => code === answer.error?.code);
    expect(row?.[1].status, JSON.stringify(answer)).toBe(response.status);
    expect(response.status).not.toBe(500);
    return response.status;
  }

  it.each(paths)("mutations of good bodies (%s)", async (path) => {
    const statuses = new Set<number>();
    for (const text of mutated(300)) {
      const body = path === "/api/v1/publish" ? text : `{"publications":[${text}]}`;
      statuses.add(await post(path, body));
    }
    expect(statuses).toEqual(new Set([200, 400]));
  });

  it.each(paths)("bytes that are no text, no JSON, or too many (%s)", async (path) => {
    const bytes = Array.from({ length: 50 }, () => Uint8Array.from({ length: below(200) }, () => below(256)));
    for (const body of bytes) expect(await post(path, body)).toBe(400);
    for (const value of odd) expect(await post(path, JSON.stringify(value))).toBe(400);
    expect(await post(path, "[".repeat(100_000))).toBe(400);
    expect(await post(path, "x".repeat(5_000_000))).toBe(413);
    const many = `{"publications":1${',"x":1'.repeat(80_000)}}`;
    expect(await post(path, many)).toBe(400);
  });
});
