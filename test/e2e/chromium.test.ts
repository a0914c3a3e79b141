import { expect, it } from "vitest";

import { launchChromium } from "./chromium.ts";

it("the browser starts and shows a page", async () => {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.setContent("<h1>Switchboard</h1>");
    expect(await page.textContent("h1")).toBe("Switchboard");
  } finally {
    await browser.close();
  }
});
