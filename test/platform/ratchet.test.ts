import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Switchboard } from "@switchboard/server";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { connectWamp1, type Wamp1Client } from "../../apps/server/test/wamp1-client.ts";
import { startRooms } from "../../examples/ratchet/server.ts";

const php = process.env.PHP_PATH ?? "";
const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const lines: string[] = [];

let rooms: Switchboard;

beforeAll(async () => {
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  rooms = await startRooms({ port: 0, dataDir: ":memory:", log: "silent", drainMs: 0 });
});

afterAll(async () => {
  vi.restoreAllMocks();
  await rooms?.close();
});

const urlOf = (path: string) => new URL(path, rooms.url).href.replace("http", "ws");

function call(from: Wamp1Client, procedure: string, ...args: unknown[]): Promise<unknown> {
  return new Promise((resolve) =>
    from.call(procedure, ...args, (error: unknown, result: unknown) => resolve(error ?? result)),
  );
}

describe("the page docs/migrate-from-ratchet.md", () => {
  it("shows nothing but what the examples hold", () => {
    const sources = { php: read("examples/ratchet/server.php"), ts: read("examples/ratchet/server.ts") };
    const blocks = read("docs/migrate-from-ratchet.md").matchAll(/^```(php|ts)\n(.*?)^```/gms);
    const trimmed = (text: string) => text.replaceAll(/^ +/gm, "");
    let found = 0;
    for (const [, language, code = ""] of blocks) {
      if (code.startsWith("// MessageComponentInterface")) continue;
      expect(trimmed(sources[language as keyof typeof sources])).toContain(trimmed(code));
      found += 1;
    }
    expect(found).toBe(16);
  });

  it.skipIf(php === "")("its PHP is PHP", () => {
    expect(spawnSync(php, ["-l", join(root, "examples/ratchet/server.php")]).status).toBe(0);
  });
});

// What Ratchet 0.4.4 does with server.php, line by line.
describe("[R22][R32] the eight callbacks, as hooks", () => {
  it("all have their say, for a client of WAMP v1", async () => {
    const nameless = new WebSocket(urlOf("/cockpit"), ["wamp"]);
    const refused = await new Promise<CloseEvent>((resolve) => nameless.addEventListener("close", resolve));
    expect(refused).toMatchObject({ code: 4503, reason: "say who you are: /?name=anna" });

    const [ann, bob] = [
      await connectWamp1(urlOf("/cockpit?name=ann")),
      await connectWamp1(urlOf("/?name=bob")),
    ];
    const heard: unknown[][] = [];
    for (const [name, client] of Object.entries({ ann, bob }))
      for (const topic of ["room", "secret"])
        client.subscribe(topic, (event) => heard.push([name, topic, event]));
    await call(bob, "sum");
    ann.publish("room", "plain");
    ann.publish("room", { no: "text" });
    ann.publish("room", "not me", true);
    ann.publish("room", "not bob", [bob.sessionId]);
    ann.publish("room", "bob alone", [], [bob.sessionId]);
    ann.publish("secret", "psst");
    await expect.poll(() => heard.length).toBe(5);
    bob.unsubscribe("room");
    await call(bob, "sum");
    ann.publish("room", "last");
    await expect.poll(() => heard.length).toBe(6);
    const by = (name: string) =>
      heard.filter(([one]) => one === name).map(([, topic, event]) => [topic, event]);
    const event = (text: string) => ["room", { by: "ann", text }];
    expect(by("ann")).toEqual(["plain", "not bob", "last"].map(event));
    expect(by("bob")).toEqual(["plain", "not me", "bob alone"].map(event));

    expect(
      await Promise.all([call(ann, "sum", 1, 2), call(ann, "sum", [3, 4]), call(ann, "sum", 5)]),
    ).toEqual([3, 7, 5]);
    expect(await call(ann, "nope")).toMatchObject({ uri: "http://api.wamp.ws/error#no_such_procedure" });

    for (const session of rooms.sessions) session.close(1012, "");
    await expect.poll(() => lines).toContain("ann left");
    for (const line of [
      "ann hears room",
      "bob no longer hears room",
      "ann no longer hears room",
      "ann says 12 characters",
    ])
      expect(lines).toContain(line);
    expect(lines).not.toContain("ann hears secret");
  });
});
