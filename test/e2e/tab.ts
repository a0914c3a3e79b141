import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/** What the browser had to say against a tab: uncaught errors, errors in its console, breaches of the pages' policy. */
export type Complaints = string[];

/** What Chromium writes whenever a server is away, or refuses: that is no fault of the page. */
const ofTheNetwork = /^(WebSocket connection to|Failed to load resource)/;

/** Opens an address in a tab with a storage and a clipboard of its own. */
export async function openTab(
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
