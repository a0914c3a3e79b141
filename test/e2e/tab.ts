import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launchChromium, pagePatienceMs } from "./chromium.ts";

/** What the browser had to say against a tab: uncaught errors, errors in its console, breaches of the pages' policy. */
type Complaints = string[];

/** What Chromium writes whenever a server is away, or refuses: that is no fault of the page. */
const ofTheNetwork = /^(WebSocket connection to|Failed to load resource)/;

/** A browser for the tests of a file, which open tabs with the result. They are closed after each test; nothing may have been said against them. */
export function tabs(): (address: string, options?: BrowserContextOptions) => Promise<Page> {
  let browser: Browser;
  const complaints: Complaints = [];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(complaints.splice(0)).toEqual([]);
  });
  afterAll(() => browser?.close());
  return (address, options) => openTab(browser, address, complaints, options);
}

/** Opens an address in a tab with a storage and a clipboard of its own. */
async function openTab(
  browser: Browser,
  address: string,
  complaints: Complaints,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  context.setDefaultTimeout(pagePatienceMs);
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(`${address}: ${error.message}`));
  page.on("console", (message) => {
    const isFault = message.type() === "error" || message.text().includes("Content Security Policy");
    if (isFault && !ofTheNetwork.test(message.text())) complaints.push(`${address}: ${message.text()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
      console.error(`refused by ${violatedDirective}: ${blockedURI} ${sample}`);
    });
  });
  await page.goto(address);
  return page;
}

export const rows = (page: Page) => page.getByTestId("event-row").allInnerTexts();
export const systemRows = (page: Page) => page.getByTestId("system-row").allInnerTexts();
export const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
export const answer = (page: Page) => page.getByTestId("answer").innerText();
export const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());
/** Waits until the tab's address is this. */
export const at = (page: Page, path: string) =>
  expect.poll(() => page.evaluate(() => location.pathname + location.search)).toBe(path);

/** Writes into the data's field, once the editor is there. */
export async function write(page: Page, text: string): Promise<void> {
  await page.locator(".cm-content").click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}

/** No findings of axe, nothing that would have to be scrolled sideways, and no bar beside the page's own. */
export async function isSound(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  const beyond = await page.evaluate(() => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    return Math.max(scrollWidth - innerWidth, scrollHeight - innerHeight);
  });
  expect(beyond).toBeLessThanOrEqual(0);
}
