import { createSwitchboard, type Switchboard } from "@switchboard/server";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { answer, at, button, isSound, rows, tabs, write } from "./tab.ts";

let server: Switchboard;
const openAt = tabs();

const open = (path: string, options = {}) => openAt(server.url.origin + path, options);

async function publish(crmId: string, data: unknown): Promise<void> {
  const body = JSON.stringify({ crmIds: [crmId], name: "note", data });
  const response = await fetch(`${server.url.origin}/api/v1/publish`, { method: "POST", body });
  expect(response.status).toBe(200);
}

/** Opens a receiver, and publishes this many messages to it. */
async function openWithRows(crmId: string, count: number, options = {}): Promise<Page> {
  const page = await open(`/websocketclient?crmId=${crmId}`, options);
  await expect.poll(() => page.getByTestId("connection").innerText()).toMatch(/^Live/);
  for (let n = 1; n <= count; n++) await publish(crmId, { n });
  await expect.poll(async () => (await rows(page)).length).toBe(count);
  return page;
}

beforeAll(async () => {
  server = await createSwitchboard({ port: 0, dataDir: ":memory:", log: "silent", drainMs: 0 });
});

afterAll(() => server?.close());

describe("by keyboard alone, without shortcuts", () => {
  const focused = (page: Page) =>
    page.evaluate(
      () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent,
    );

  it("gets to the rows, reads one, and is back on it when it is closed", async () => {
    const page = await openWithRows("keys", 3);
    await button(page, "Keyboard shortcuts").click();
    await page.getByLabel("Shortcuts are on").uncheck();
    await page.keyboard.press("Escape");
    await page.getByRole("region", { name: "Messages" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => focused(page)).toContain('{"n":3}');
    await page.keyboard.press("ArrowUp");
    await expect.poll(() => focused(page)).toContain('{"n":2}');
    await page.keyboard.press("Enter");
    const detail = page.getByTestId("detail");
    await expect.poll(() => detail.innerText()).toContain('"n": 2');
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("Close");
    await page.keyboard.press("Enter");
    await expect.poll(() => detail.count()).toBe(0);
    expect(await focused(page)).toContain('{"n":2}');
  });
});

describe("who follows as many records as a page can", () => {
  it("is told so where one more is asked for, which stays in the field", async () => {
    const ids = Array.from({ length: 100 }, (_, n) => `m${n}`).join(",");
    const page = await open(`/websocketclient?crmId=${ids}`);
    await expect.poll(() => page.getByTestId("line").count()).toBe(100);
    await page.getByLabel("crmIds to follow").fill("one-more");
    await page.keyboard.press("Enter");
    const told = () => page.getByRole("alert").allInnerTexts();
    await expect.poll(told).toContain("At most 100 at once: leave out one-more.");
    expect(await page.getByLabel("crmIds to follow").inputValue()).toBe("one-more");
    expect(await page.getByTestId("line").count()).toBe(100);
    await isSound(page);
  });
});

describe("the sender by keyboard", () => {
  it("keeps the focus on Send; an attempt that sends nothing says so where the last answer stood", async () => {
    const page = await open("/messagetoclient?to=sender");
    await write(page, '{"n":1}');
    await button(page, "Send").focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => answer(page)).toContain("Nobody is listening on sender.");
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("Send");
    await write(page, '{"n":');
    await page.keyboard.press("ControlOrMeta+Enter");
    await expect.poll(() => answer(page)).toMatch(/^Not sent\. Line 1, column \d+: /);
    expect(await button(page, "curl").first().isDisabled()).toBe(true);
    await write(page, '{"n":2}');
    await page.getByLabel("To", { exact: true }).fill("");
    await page.keyboard.press("ControlOrMeta+Enter");
    await expect.poll(() => answer(page)).toBe("Not sent. Give the crmId of a record, such as 42.");
    expect(await page.getByTestId("sent").count()).toBe(1);
  });
});

describe("what is written from right to left", () => {
  it("turns nothing around it, when a message lies open", async () => {
    const page = await openWithRows("right-to-left", 0);
    await publish("right-to-left", { text: "\u202eabc", next: "مرحبا", last: 7 });
    await page.getByTestId("event-row").click();
    const data = page.getByRole("region", { name: "Data" });
    await expect.poll(() => data.innerText()).toContain('"last": 7');
    const commaAfter = (text: string) =>
      data.evaluate((pre, wanted) => {
        const string = [...pre.querySelectorAll("span")].find((span) => span.textContent?.includes(wanted));
        const comma = document.createRange();
        let next = string?.nextSibling;
        while (next?.textContent === "") next = next.nextSibling;
        if (!string || !next) return undefined;
        comma.setStart(next, 0);
        comma.setEnd(next, 1);
        return [comma.toString(), comma.getBoundingClientRect().left - string.getBoundingClientRect().right];
      }, text);
    for (const text of ["abc", "مرحبا"]) {
      const [mark, distance] = (await commaAfter(text)) ?? [];
      expect(mark).toBe(",");
      expect(Math.abs(Number(distance))).toBeLessThan(2);
    }
  });
});

describe("whoever goes from page to page by keyboard", () => {
  it("is at the start of the new page, and hears its name", async () => {
    const page = await openWithRows("to-and-fro", 2);
    await page.getByTestId("event-row").last().click();
    await button(page, "Reply").focus();
    await page.keyboard.press("Enter");
    await at(page, "/messagetoclient?to=to-and-fro&name=note");
    await expect.poll(() => page.locator(".frame > [aria-live=polite]").innerText()).toBe("Send");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("to");
    await page.goBack();
    await at(page, "/websocketclient?crmId=to-and-fro");
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByTestId("detail").count()).toBe(0);
    await page.keyboard.press("Enter");
    await expect.poll(() => page.getByTestId("detail").innerText()).toContain('"n": 2');
  });
});

describe("with colours that the system forces", () => {
  it("the page that is shown, and the row that is read, differ from the others", async () => {
    const page = await openWithRows("forced", 2, { forcedColors: "active" });
    await page.getByTestId("event-row").last().click();
    const colours = (selector: string, edge: "borderBottomColor" | "borderLeftColor") =>
      page
        .locator(selector)
        .evaluateAll((all, side) => new Set(all.map((one) => getComputedStyle(one)[side])).size, edge);
    expect(await colours("nav a", "borderBottomColor")).toBe(2);
    expect(await colours("[data-testid=event-row]", "borderLeftColor")).toBe(2);
  });
});

describe("on a small screen, or a large one at 400 %", () => {
  it.each([
    [390, 800],
    [640, 400],
    [320, 256],
  ])("%d x %d: what is followed is seen, and can be unfollowed", async (width, height) => {
    const long = `${width}-`.padEnd(64, "x");
    const page = await openWithRows(long, 1, { viewport: { width, height } });
    const name = `Unfollow ${long}`;
    const box = await button(page, name).boundingBox();
    expect(box && box.x + box.width).toBeLessThanOrEqual(width);
    await button(page, name).click();
    await expect.poll(() => page.getByTestId("line").count()).toBe(0);
    await page.getByLabel("crmIds to follow").fill("42");
    await button(page, "Follow").click();
    await expect.poll(() => page.getByTestId("line").count()).toBe(1);
  });

  it("a message that was sent keeps its name in one piece", async () => {
    const page = await open("/messagetoclient?to=a-record-with-a-long-crmId,and-another-one", {
      viewport: { width: 390, height: 800 },
    });
    await button(page, "Send").click();
    const name = page.getByTestId("sent").getByText("message", { exact: true });
    const lines = () => name.evaluate((element) => element.getClientRects().length);
    await expect.poll(lines).toBe(1);
    expect(await name.evaluate((element) => element.scrollHeight)).toBeLessThan(30);
  });
});

describe("the first page", () => {
  it("counts itself among the sessions, from the first number on", async () => {
    const page = await open("/websocketclient");
    await page.addInitScript(() => {
      const shown: string[] = [];
      Object.assign(window, { shown });
      new MutationObserver(() => {
        const value = document.querySelector("[data-testid=server-state] dd")?.textContent;
        if (value !== undefined && shown.at(-1) !== value) shown.push(value);
      }).observe(document, { subtree: true, childList: true, characterData: true });
    });
    await page.goto(server.url.href);
    await page.getByTestId("server-state").waitFor();
    await expect.poll(() => page.evaluate(() => Reflect.get(window, "shown"))).not.toEqual([]);
    expect(await page.evaluate(() => Reflect.get(window, "shown"))).not.toContain("0");
  });
});
