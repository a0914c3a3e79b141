import { createSwitchboard, type Switchboard } from "@switchboard/server";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { launchChromium, pagePatienceMs } from "./chromium.ts";

const root = new URL("../../", import.meta.url).pathname;
const php = process.env.PHP_PATH ?? "";

let server: Switchboard;
let browser: Browser;
/** Follows 42, follows 43, sends to 42. */
let receiver: Page;
let other: Page;
let sender: Page;

/** Where the server listens, without a slash at its end. */
const origin = () => server.url.origin;

async function openTab(path: string): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(pagePatienceMs);
  page.on("pageerror", (error) => expect.fail(`${path}: ${error.message}`));
  await page.goto(origin() + path);
  return page;
}

const rows = (page: Page) => page.getByTestId("event-row").allInnerTexts();
const isMarker = (row: string) => row.includes("marker");

/** What is sent to 43 after it comes after it: by then 43 has nothing but such markers, and 42 the message once. */
async function seenOnlyBy42(text: string): Promise<void> {
  await expect.poll(async () => (await rows(receiver)).filter((row) => row.includes(text)).length).toBe(1);
  await publish("43", { marker: text });
  await expect
    .poll(async () => (await rows(other)).some((row) => isMarker(row) && row.includes(text)))
    .toBe(true);
  expect((await rows(other)).filter((row) => !isMarker(row))).toEqual([]);
  expect((await rows(receiver)).filter(isMarker)).toEqual([]);
}

async function publish(crmId: string, data: unknown): Promise<void> {
  const body = JSON.stringify({ crmIds: [crmId], data });
  const response = await fetch(`${origin()}/api/v1/publish`, { method: "POST", body });
  expect(response.status).toBe(200);
}

async function run(command: readonly string[], env: Record<string, string> = {}) {
  const child = Bun.spawn([...command], {
    cwd: root,
    env: { ...process.env, SWITCHBOARD_URL: origin(), ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, out, error };
}

beforeAll(async () => {
  server = await createSwitchboard({ port: 0, dataDir: ":memory:", log: "silent", drainMs: 0 });
  browser = await launchChromium();
  [receiver, other, sender] = await Promise.all([
    openTab("/websocketclient?crmId=42"),
    openTab("/websocketclient?crmId=43"),
    openTab("/messagetoclient?to=42"),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe("[R17] a message to crmId 42 shows where 42 is followed, and not where 43 is", () => {
  beforeEach(async () => {
    for (const crmId of ["42", "43"])
      await expect
        .poll(async () => {
          const response = await fetch(`${origin()}/api/v1/topics/crm.${crmId}`);
          return ((await response.json()) as { subscribers: number }).subscribers;
        })
        .toBe(1);
  });

  it("sent from the page", async () => {
    const data = sender.getByLabel("Data").and(sender.locator("[contenteditable]"));
    await data.click();
    await sender.keyboard.press("ControlOrMeta+a");
    await sender.keyboard.insertText('{"text":"from the page"}');
    await sender.getByRole("button", { name: "Send", exact: true }).click();
    await expect.poll(() => sender.getByTestId("answer").innerText()).toContain("Delivered to 1");
    await seenOnlyBy42("from the page");
  });

  it("sent with curl", async () => {
    const body = '{"crmIds":["42"],"data":{"text":"from curl"}}';
    const headers = "content-type: application/json";
    const { code, out } = await run(["curl", "-sS", `${origin()}/api/v1/publish`, "-H", headers, "-d", body]);
    expect([code, JSON.parse(out)]).toMatchObject([0, { results: [{ topic: "crm.42", receivers: 1 }] }]);
    await seenOnlyBy42("from curl");
  });

  it("sent with examples/publisher.ts", async () => {
    const { code, out, error } = await run([
      process.execPath,
      "examples/publisher.ts",
      "42",
      '{"text":"from the SDK"}',
    ]);
    expect([code, error]).toEqual([0, ""]);
    expect(out).toContain("crm.42");
    await seenOnlyBy42("from the SDK");
  });

  it.skipIf(php === "")("sent with examples/publish.php", async () => {
    const { code, out, error } = await run([php, "examples/publish.php", "42", '{"text":"from PHP"}']);
    expect([code, error]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ results: [{ topic: "crm.42", receivers: 1 }] });
    await seenOnlyBy42("from PHP");
  });
});

it.skipIf(php === "")("examples/broadcast.php names the variable that is not set", async () => {
  const env = { PUSHER_APP_ID: "my-app", PUSHER_APP_KEY: "", PUSHER_APP_SECRET: "my-secret" };
  const { code, out, error } = await run([php, "examples/broadcast.php", "private-crm.42", "e", "1"], env);
  expect([code, out]).toEqual([2, ""]);
  expect(error).toMatch(/^PUSHER_APP_KEY is not set: .*\n$/);
});

describe.skipIf(php === "")("examples/publish.php", () => {
  it.each([
    [["42"], {}, 2, /^usage: /],
    [["42", "{"], {}, 1, /^the data is no JSON: /],
    [["4 2", "1"], {}, 1, /^invalid_argument: crmIds\[0\]: /],
    [
      ["42", "1"],
      { SWITCHBOARD_URL: "http://127.0.0.1:1" },
      1,
      /^http:\/\/127\.0\.0\.1:1 cannot be reached: /,
    ],
    [["42", "1"], { SWITCHBOARD_URL: "/nothing" }, 1, /cannot be reached/],
  ])("says what is wrong with %j and %j", async (args, env, expected, message) => {
    const { code, out, error } = await run([php, "examples/publish.php", ...args], env);
    expect([code, out]).toEqual([expected, ""]);
    expect(error).toMatch(message);
    expect(error.trimEnd().split("\n").length).toBe(1);
  });
});
