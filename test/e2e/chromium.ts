import { type Browser, chromium } from "playwright-core";

/** How long a page may take over one thing: the machine may be busy with others. */
export const pagePatienceMs = 60_000;

/** Starts the browser that CHROMIUM_PATH names; whoever asked for it closes it. */
export function launchChromium(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH;
  if (!executablePath) throw new Error("CHROMIUM_PATH is not set: run the tests with npm test");
  // As root, and in containers without a large /dev/shm, Chromium does not start without these.
  const args = ["--no-sandbox", "--disable-dev-shm-usage"];
  return chromium.launch({ executablePath, args, timeout: pagePatienceMs });
}
