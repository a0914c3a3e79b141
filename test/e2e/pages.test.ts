import { createSwitchboard, type Switchboard } from "@switchboard/server";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { answer, at, button, clipboard, isSound, rows, systemRows, tabs, write } from "./tab.ts";

let server: Switchboard;
const openAt = tabs();

const start = (options: { port?: number; dataDir?: string } = {}) =>
  createSwitchboard({ port: 0, dataDir: ":memory:", log: "silent", drainMs: 0, ...options });

const open = (path: string, from = server, options = {}) => openAt(from.url.origin + path, options);

/** Publishes data given as JSON text, as it stands. */
async function publish(crmIds: string, text: string, { name = "note", to = server } = {}): Promise<void> {
  const body = `{"crmIds":${JSON.stringify(crmIds.split(","))},"name":"${name}","data":${text}}`;
  const response = await fetch(`${to.url.origin}/api/v1/publish`, { method: "POST", body });
  expect(response.status).toBe(200);
}

const listening = async (crmId: string, from = server) => {
  const response = await fetch(`${from.url.origin}/api/v1/topics/crm.${crmId}`);
  return ((await response.json()) as { subscribers: number }).subscribers;
};

async function openReceiver(path: string, crmId: string, from = server): Promise<Page> {
  const before = await listening(crmId, from);
  const page = await open(path, from);
  await expect.poll(() => listening(crmId, from)).toBe(before + 1);
  return page;
}

const lines = (page: Page) => page.getByTestId("line").allInnerTexts();
const search = (page: Page) => page.getByLabel("Search messages");

beforeAll(async () => {
  server = await start();
});

afterAll(() => server?.close());

describe("the receiver", () => {
  it("follows what is typed, and no longer what is unfollowed; the address says so", async () => {
    const page = await open("/websocketclient");
    await expect.poll(() => page.getByTestId("empty").innerText()).toContain("curl");
    await button(page, "Follow 42").click();
    await page.getByLabel("crmIds to follow").fill("a1, a2 no.id");
    await page.keyboard.press("Enter");
    await expect.poll(async () => (await lines(page)).length).toBe(3);
    expect(await page.getByRole("alert").allInnerTexts()).toContainEqual(expect.stringContaining("no.id"));
    await at(page, "/websocketclient?crmId=42,a1,a2");
    await expect.poll(() => listening("a2")).toBe(1);
    await publish("a2", '"heard"');
    await expect.poll(() => rows(page)).toEqual([expect.stringContaining("heard")]);
    await button(page, "Unfollow a2").click();
    await expect.poll(() => listening("a2")).toBe(0);
    await at(page, "/websocketclient?crmId=42,a1");
    await publish("a2,a1", '"for those who are left"');
    await expect.poll(async () => (await rows(page)).length).toBe(2);
  });

  it("shows what its address asks for, and keeps all of it through the other pages", async () => {
    const path = "/websocketclient?crmId=b1,b2&q=seven&name=deal.updated&paused=1";
    const page = await openReceiver(path, "b2");
    expect(await search(page).inputValue()).toBe("seven");
    expect(await page.getByLabel("Name").inputValue()).toBe("deal.updated");
    await publish("b1", '"seven"', { name: "deal.updated" });
    await button(page, "Paused, 1 new message").click();
    await publish("b2", '"eight"', { name: "deal.updated" });
    await expect.poll(() => page.getByTestId("count").innerText()).toContain("1 of 2 messages");
    await search(page).fill("eight");
    await at(page, "/websocketclient?crmId=b1,b2&q=eight&name=deal.updated");
    await page.getByRole("link", { name: "Send", exact: true }).click();
    await publish("b1", '"eight, while away"', { name: "deal.updated" });
    await page.goBack();
    await expect.poll(async () => (await rows(page)).length).toBe(2);
    await at(page, "/websocketclient?crmId=b1,b2&q=eight&name=deal.updated");
  });

  it("narrows old rows and new ones; clears, and takes that back; copies and exports what is shown", async () => {
    const page = await openReceiver("/websocketclient?crmId=c1", "c1");
    await publish("c1", '{"n":1,"word":"Amber"}', { name: "one" });
    await publish("c1", '{"n":2}', { name: "two" });
    await search(page).fill("amber");
    await expect.poll(() => rows(page)).toEqual([expect.stringContaining("Amber")]);
    await publish("c1", '{"n":3,"word":"amber too","big":9007199254740993}', { name: "two" });
    await publish("c1", '{"n":4}', { name: "two" });
    await expect.poll(() => page.getByTestId("count").innerText()).toContain("2 of 4 messages");
    await page.getByLabel("Name").selectOption("two");
    await expect.poll(async () => (await rows(page)).length).toBe(1);

    const downloading = page.waitForEvent("download");
    await button(page, "Export").click();
    const exported = await readFile(await (await downloading).path(), "utf8");
    expect(exported.split("\n").length).toBe(2);
    expect(exported).toContain('"big":9007199254740993');
    expect(JSON.parse(exported)).toMatchObject({ crmId: "c1", name: "two", data: { n: 3 } });

    await page.getByTestId("event-row").click();
    await button(page, "As sent").click();
    await button(page, "Copy JSON").click();
    await expect.poll(() => clipboard(page)).toBe('{"n":3,"word":"amber too","big":9007199254740993}');

    await button(page, "Clear").click();
    await expect.poll(() => page.getByTestId("count").innerText()).toBe("0 of 0 messages");
    await publish("c1", '"amber, after"', { name: "two" });
    await expect.poll(async () => (await rows(page)).length).toBe(1);
    await button(page, "Undo").click();
    await expect
      .poll(() => rows(page))
      .toEqual([expect.stringContaining("too"), expect.stringContaining("after")]);
  });

  it("holds the view while paused, and says what has come", async () => {
    const page = await openReceiver("/websocketclient?crmId=d1", "d1");
    await publish("d1", '"before"');
    await expect.poll(async () => (await rows(page)).length).toBe(1);
    await button(page, "Pause").click();
    await at(page, "/websocketclient?crmId=d1&paused=1");
    for (const n of [1, 2, 3]) await publish("d1", String(n));
    await button(page, "Paused, 3 new messages").waitFor();
    expect((await rows(page)).length).toBe(1);
    await button(page, "Paused, 3 new messages").click();
    await expect.poll(async () => (await rows(page)).length).toBe(4);
  });

  it("offers what was sent before it was opened, in its order, and goes on from there", async () => {
    for (const n of [1, 2, 3]) await publish("before-1", `"early ${n}"`);
    const page = await openReceiver("/websocketclient?crmId=before-1,before-2", "before-2");
    await expect
      .poll(() => page.getByTestId("empty").innerText())
      .toContain("3 earlier messages can be shown");
    await button(page, "Show what came before").click();
    const texts = async () => (await rows(page)).map((row) => /early \d|late/.exec(row)?.[0]);
    await expect.poll(texts).toEqual(["early 1", "early 2", "early 3"]);
    await publish("before-1", '"late"');
    await expect.poll(texts).toEqual(["early 1", "early 2", "early 3", "late"]);
    expect(await listening("before-1")).toBe(1);
  });

  it("follows the end, until one scrolls up; then a pill counts what is new", async () => {
    const page = await openReceiver("/websocketclient?crmId=e1", "e1");
    for (let n = 1; n <= 60; n++) await publish("e1", `"row ${n}"`);
    const last = page.getByTestId("event-row").last();
    await expect.poll(() => last.innerText()).toContain("row 60");
    await page.mouse.move(800, 400);
    await page.mouse.wheel(0, -600);
    await expect.poll(() => last.innerText()).not.toContain("row 60");
    const first = page.getByTestId("event-row").first();
    const place = (await rows(page))[0];
    for (let n = 61; n <= 72; n++) await publish("e1", `"row ${n}"`);
    await expect.poll(() => page.getByTestId("pill").innerText()).toContain("12 new");
    expect(await first.innerText()).toBe(place);
    await page.getByTestId("pill").click();
    await expect.poll(() => last.innerText()).toContain("row 72");
    await expect.poll(() => page.getByTestId("pill").count()).toBe(0);
    await publish("e1", '"row 73"');
    await expect.poll(() => last.innerText()).toContain("row 73");
  });

  it("stays with the row that is read: opened on a tablet, or gone to by keys", async () => {
    const path = "/websocketclient?crmId=k1";
    const page = await open(path, server, { viewport: { width: 768, height: 1000 } });
    await expect.poll(() => listening("k1")).toBe(1);
    for (let n = 1; n <= 60; n++) await publish("k1", `"row ${n}"`);
    const row = (n: number) => page.getByTestId("event-row").filter({ hasText: `"row ${n}"` });
    await row(60).waitFor();
    await row(50).click();
    await expect.poll(() => page.getByTestId("detail").innerText()).toContain("row 50");
    await publish("k1", '"while reading"');
    await expect.poll(() => page.getByTestId("pill").innerText()).toContain("1 new");
    await page.keyboard.press("k");
    await expect.poll(() => page.getByTestId("detail").innerText()).toContain("row 49");
    const hidden = async () => {
      const [detail, box] = [await page.getByTestId("detail").boundingBox(), await row(49).boundingBox()];
      return detail && box ? Math.max(0, box.y + box.height - detail.y) : Infinity;
    };
    await expect.poll(hidden).toBe(0);
  });

  it("shows an event with every digit that was sent, and offers to answer it", async () => {
    const page = await openReceiver("/websocketclient?crmId=f1", "f1");
    await publish("f1", '{"id":12345678901234567890,"price":1.50,"text":"<b>"}', { name: "deal.updated" });
    await page.getByTestId("event-row").click();
    const detail = page.getByTestId("detail");
    await expect.poll(() => detail.innerText()).toContain('"id": 12345678901234567890');
    expect(await detail.innerText()).toContain('"price": 1.50');
    await button(page, "Copy JSON").click();
    await expect.poll(() => clipboard(page)).toContain('"id": 12345678901234567890');
    await button(page, "Reply").click();
    await at(page, "/messagetoclient?to=f1&name=deal.updated");
    expect(await page.getByLabel("To", { exact: true }).inputValue()).toBe("f1");
  });
});

describe("[R10] a receiver whose server goes away", () => {
  it("says when it tries again, and hears what it missed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pages-"));
    let own = await start({ dataDir: folder });
    const port = Number(own.url.port);
    try {
      const page = await openReceiver("/websocketclient?crmId=42", "42", own);
      await publish("42", '"before"', { to: own });
      await expect.poll(async () => (await rows(page)).length).toBe(1);
      await own.close();
      const state = page.getByTestId("connection");
      await expect.poll(() => state.innerText()).toMatch(/Reconnecting in \d+ s · try \d+/);
      await isSound(page);
      await button(page, "Retry now").click();
      // Without a network it does not come back before all is published.
      await page.context().setOffline(true);
      await expect.poll(() => state.innerText()).toMatch(/^Offline since .* no network/);
      own = await start({ dataDir: folder, port });
      for (const n of [1, 2, 3]) await publish("42", `"missed ${n}"`, { to: own });
      await page.context().setOffline(false);
      await expect.poll(() => state.innerText()).toMatch(/^Live/);
      await expect
        .poll(() => systemRows(page))
        .toContainEqual(expect.stringContaining("Recovered 3 messages on 42"));
      expect(await systemRows(page)).toContainEqual(expect.stringMatching(/Reconnected after /));
      expect((await rows(page)).map((row) => /missed \d|before/.exec(row)?.[0])).toEqual([
        "before",
        "missed 1",
        "missed 2",
        "missed 3",
      ]);
    } finally {
      await own.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("says so where some messages are gone, whatever is searched for", async () => {
    let own = await start();
    try {
      const page = await openReceiver("/websocketclient?crmId=42", "42", own);
      await publish("42", '"before"', { to: own });
      await expect.poll(async () => (await rows(page)).length).toBe(1);
      await search(page).fill("nothing like it");
      await own.close();
      own = await start({ port: Number(own.url.port) });
      await expect
        .poll(() => systemRows(page))
        .toContainEqual(expect.stringMatching(/Some messages on 42 are gone[^]*anew/));
      expect(await page.locator('[data-testid="system-row"][data-tone="warn"]').count()).toBeGreaterThan(0);
    } finally {
      await own.close();
    }
  });
});

describe("the sender", () => {
  it("[R20] says who got it, and that nobody did", async () => {
    await Promise.all([open("/websocketclient?crmId=g1"), open("/websocketclient?crmId=g1")]);
    const page = await open("/messagetoclient?to=g1");
    expect(await page.getByLabel("To", { exact: true }).inputValue()).toBe("g1");
    const who = page.getByTestId("listening");
    await expect.poll(() => who.innerText()).toContain("2 listening on g1");
    await button(page, "Send").click();
    await expect
      .poll(() => answer(page))
      .toMatch(/^Delivered to 2, acknowledged by 2 in \d+ ms · offset \d+$/);
    expect(await page.getByTestId("sent").innerText()).toMatch(/Delivered to 2, acknowledged by 2 in \d+ ms/);
    await page.getByLabel("To", { exact: true }).fill("g2");
    await at(page, "/messagetoclient?to=g2");
    await expect.poll(() => who.innerText()).toContain("nobody listening on g2");
    await button(page, "Send").click();
    await expect.poll(() => answer(page)).toContain("Nobody is listening on g2. It is kept for 24 h.");
  });

  it("shows where the data is no JSON, and sends nothing then; makes plain text a JSON string", async () => {
    const page = await open("/messagetoclient?to=h1");
    const problem = page.getByTestId("data-problem");
    await write(page, '{\n  "a": 1,\n  oops\n}');
    await expect.poll(() => problem.innerText()).toContain("Line 3, column 3");
    await expect.poll(() => page.locator(".cm-lintRange-error").count()).toBe(1);
    await page.keyboard.press("ControlOrMeta+Enter");
    await expect.poll(() => answer(page)).toMatch(/^Not sent\. Line 3, column 3: /);
    expect(await page.getByTestId("sent").count()).toBe(0);
    await write(page, 'plain "text"');
    await button(page, "Make it a JSON string").click();
    await expect.poll(() => page.locator(".cm-content").innerText()).toBe('"plain \\"text\\""');
    await page.locator(".cm-content").click();
    await page.keyboard.press("ControlOrMeta+Enter");
    await expect.poll(() => answer(page)).toContain("Nobody is listening on h1");
  });

  it("sends again, edits, keeps templates, and copies a curl that does the same", async () => {
    const receiver = await openReceiver("/websocketclient?crmId=i1", "i1");
    const page = await open("/messagetoclient?to=i1&name=deal.updated");
    await write(page, `{"it's":12345678901234567890}`);
    await button(page, "Send").click();
    const sent = page.getByTestId("sent");
    await expect.poll(() => sent.count()).toBe(1);
    await sent.getByRole("button", { name: "Resend" }).click();
    await expect.poll(() => sent.count()).toBe(2);
    await expect.poll(async () => (await rows(receiver)).length).toBe(2);

    await page.getByRole("group", { name: "Copy as" }).first().getByRole("button", { name: "curl" }).click();
    await expect.poll(() => clipboard(page)).toMatch(/^curl /);
    const child = Bun.spawn(["sh", "-c", `${await clipboard(page)} -sS`], { stdout: "pipe" });
    expect(JSON.parse(await new Response(child.stdout).text())).toMatchObject({
      results: [{ receivers: 1 }],
    });
    await expect.poll(async () => (await rows(receiver)).length).toBe(3);
    expect(new Set((await rows(receiver)).map((row) => /deal.updated\s+.*/.exec(row)?.[0]))).toEqual(
      new Set([expect.stringContaining(`{"it's":12345678901234567890}`)]),
    );

    await page.getByLabel("Name", { exact: true }).fill("changed");
    await sent.first().getByRole("button", { name: "Edit" }).click();
    await expect.poll(() => page.getByLabel("Name", { exact: true }).inputValue()).toBe("deal.updated");
    await sent.first().getByRole("button", { name: "Save as template" }).click();
    const template = page.getByTestId("template");
    await template.getByLabel("Title of the template").fill("A deal");
    await page.keyboard.press("Tab");
    await page.reload();
    await expect.poll(() => template.getByLabel("Title of the template").inputValue()).toBe("A deal");
    await template.getByRole("button", { name: "Send" }).click();
    await expect.poll(async () => (await rows(receiver)).length).toBe(4);
    await template.getByRole("button", { name: "Remove" }).click();
    await expect.poll(() => template.count()).toBe(0);
    await button(page, "Undo").click();
    await expect.poll(() => template.count()).toBe(1);
  });
});

describe("the keyboard", () => {
  it("goes, searches, follows, pauses, reads and copies; while one types it types", async () => {
    const page = await openReceiver("/websocketclient?crmId=j1", "j1");
    for (const n of [1, 2, 3]) await publish("j1", `{"n":${n}}`);
    await expect.poll(async () => (await rows(page)).length).toBe(3);
    const focused = () => page.evaluate(() => document.activeElement?.id);
    await page.keyboard.press("/");
    expect(await focused()).toBe("search");
    await page.keyboard.type("gs?pjkc/");
    expect(await search(page).inputValue()).toBe("gs?pjkc/");
    await at(page, "/websocketclient?crmId=j1&q=gs%3Fpjkc%2F");
    await search(page).fill("");
    await page.keyboard.press("Escape");
    await page.keyboard.press("f");
    expect(await focused()).toBe("crm-ids");
    await page.keyboard.press("Escape");
    await page.keyboard.press("p");
    await button(page, "Paused, 0 new messages").waitFor();
    await page.keyboard.press("p");
    await button(page, "Pause").waitFor();
    await expect.poll(async () => (await rows(page)).length).toBe(3);
    // A page on a busy machine may still be filtering: the first key finds the newest row once there is one.
    const detail = page.getByTestId("detail");
    await expect
      .poll(async () => {
        for (const key of ["j", "Enter"]) if ((await detail.count()) === 0) await page.keyboard.press(key);
        return (await detail.count()) === 0 ? "" : detail.innerText();
      })
      .toContain('"n": 3');
    await page.keyboard.press("k");
    await expect.poll(() => detail.innerText()).toContain('"n": 2');
    await page.keyboard.press("j");
    await expect.poll(() => page.getByTestId("detail").innerText()).toContain('"n": 3');
    await page.keyboard.press("c");
    await expect.poll(() => clipboard(page)).toBe('{\n  "n": 3\n}');
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByTestId("detail").count()).toBe(0);
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    for (const key of ["g", "s"]) await page.keyboard.press(key);
    await at(page, "/messagetoclient");
    for (const key of ["g", "r"]) await page.keyboard.press(key);
    await at(page, "/websocketclient?crmId=j1");
  });
});

describe("to look at", () => {
  const looks = (["light", "dark"] as const).flatMap((colorScheme) =>
    [390, 1280].map((width) => ({ colorScheme, width })),
  );

  it.each(looks)("is sound: $colorScheme, $width px wide", async ({ colorScheme, width }) => {
    const options = { colorScheme, viewport: { width, height: 800 }, reducedMotion: "reduce" as const };
    const crmId = `look-${colorScheme}-${width}`;
    const [home, receiver, sender] = await Promise.all([
      open("/", server, options),
      open(`/websocketclient?crmId=${crmId}`, server, options),
      open(`/messagetoclient?to=${crmId}`, server, options),
    ]);
    await home.getByTestId("server-state").waitFor();
    await expect.poll(() => listening(crmId)).toBe(1);
    await write(sender, `{"text":"${"long ".repeat(100)}"}`);
    await button(sender, "Send").click();
    await expect.poll(() => answer(sender)).toContain("Delivered");
    await write(sender, "no JSON");
    await expect.poll(() => sender.getByTestId("data-problem").innerText()).toContain("Line 1");
    await receiver.getByTestId("event-row").click();
    await Promise.all([home, receiver, sender].map(isSound));
  });

  it("is sound before anything has come, and with a dialog open", async () => {
    const [receiver, help] = await Promise.all([open("/websocketclient"), open("/messagetoclient")]);
    await button(help, "Keyboard shortcuts").click();
    await Promise.all([receiver, help].map(isSound));
  });
});
