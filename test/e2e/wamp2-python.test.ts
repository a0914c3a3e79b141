import { createSwitchboard, type Switchboard } from "@switchboard/server";
import { spawn, type ChildProcess } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const python = process.env.PYTHON_PATH ?? "";
const spellings = ["json", "msgpack", "cbor"];
const patient = { timeout: 50_000, interval: 100 };

let server: Switchboard;
let clients: ChildProcess;
let complaints = "";

/** What the procedure answers; undefined where nobody does. */
async function call(procedure: string, ...args: readonly unknown[]): Promise<unknown> {
  const data = args.length === 1 ? args[0] : { args };
  const response = await post("call", { procedure, data });
  return response.ok ? ((await response.json()) as { data: unknown }).data : undefined;
}

function post(path: string, body: object): Promise<Response> {
  return fetch(new URL(`/api/v1/${path}`, server.url), { method: "POST", body: JSON.stringify(body) });
}

interface Report {
  readonly session: string;
  readonly heard: readonly object[];
  readonly interrupted: number;
}

const report = (spelling: string) => call(`${spelling}.report`) as Promise<Report>;

describe.skipIf(python === "")("Debian's python3-autobahn", () => {
  beforeAll(async () => {
    server = await createSwitchboard({ port: 0, dataDir: ":memory:", log: "silent", drainMs: 0 });
    const url = new URL("/ws", server.url);
    url.protocol = "ws:";
    clients = spawn(python, [new URL("wamp2.py", import.meta.url).pathname, url.href]);
    clients.stderr?.on("data", (text) => (complaints += String(text)));
    // The last procedure that each client registers answers once all of them do.
    const answers = () => Promise.all(spellings.map((spelling) => call(`${spelling}.ask_count`, 1)));
    await vi.waitFor(
      async () => expect(await answers()).toEqual(spellings.map(() => [[0], "done"])),
      patient,
    );
  });

  afterAll(async () => {
    clients.kill("SIGKILL");
    await server.close();
    expect(complaints).not.toMatch(/protocol (error|violation)/i);
  });

  it("[R31] hears what each other publishes, and what comes over HTTP, once and equal", async () => {
    const data = { a: [1, 1.5, "é", null, true], big: 1_700_000_000_000 };
    for (const spelling of spellings)
      expect(await call(`${spelling}.publish`, "crm.42", spelling, data)).toBe(true);
    await post("publish", { crmIds: ["42"], data: "the end" });
    for (const spelling of spellings) {
      const others = spellings
        .filter((one) => one !== spelling)
        .map((one) => ({ args: [one, data], kwargs: {} }));
      const all = [...others, { args: ["the end"], kwargs: {} }];
      await expect.poll(async () => (await report(spelling)).heard.length, patient).toBe(all.length);
      expect((await report(spelling)).heard).toEqual(all);
    }
  });

  it.each(spellings)("[R31] %s: progress, errors and cancelling", async (spelling) => {
    expect(await call(`${spelling}.ask_count`, 3)).toEqual([[0, 1, 2], "done"]);
    const other = spelling === "json" ? "cbor" : "json";
    expect(await call(`${spelling}.call`, `${other}.fail`)).toEqual({
      error: "com.closed",
      args: ["no", 1],
      kwargs: { k: 2 },
    });
    expect(await call(`${spelling}.cancel`)).toBe("CancelledError");
    await expect.poll(async () => (await report(spelling)).interrupted, patient).toBe(1);
  });

  it.each(spellings)("[R31] %s: comes back after the server ended it", async (spelling) => {
    const { session } = await report(spelling);
    await fetch(new URL(`/api/v1/sessions/${session}`, server.url), { method: "DELETE" });
    await expect.poll(async () => (await report(spelling))?.session ?? session, patient).not.toBe(session);
  });
});
