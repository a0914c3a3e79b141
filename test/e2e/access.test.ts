import { defineContract } from "@switchboard/sdk";
import { createSwitchboard } from "@switchboard/server";
import { createHash, createHmac } from "node:crypto";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { contract as crm } from "../../examples/crm/contract.ts";
import { answer, at, button, clipboard, isSound, rows, systemRows, tabs, write } from "./tab.ts";

const openAt = tabs();
const options = { port: 0, dataDir: ":memory:", log: "silent", drainMs: 0 } as const;
const open = (path: string, from: { readonly url: URL }) => openAt(from.url.origin + path);

const contract = defineContract({ topics: crm.topics });

describe("[R23] the sender, where there is a contract", () => {
  it("offers its names, checks what is typed, and shows what the server refuses", async () => {
    const own = await createSwitchboard({ ...options, contract });
    try {
      const page = await open("/messagetoclient?to=42", own);
      await expect
        .poll(() => page.getByTestId("name-hint").innerText())
        .toBe("The contract has no message here. It has deal.updated, note.added.");
      const offered = page.locator("#known-names option");
      expect(await offered.evaluateAll((all) => all.map((one) => one.getAttribute("value")))).toEqual([
        "deal.updated",
        "note.added",
      ]);
      await page.getByLabel("Name", { exact: true }).fill("deal.updated");
      await write(page, '{\n  "dealId": "7",\n  "amount": "7",\n  "state": "lost"\n}');
      const problem = page.getByTestId("data-problem");
      await expect
        .poll(() => problem.innerText())
        .toContain("Line 3, column 13: data.amount must be number, not string (and 1 more)");
      await expect.poll(() => page.locator(".cm-lintRange-error").allInnerTexts()).toEqual(['"7"', '"lost"']);
      await button(page, "Send").click();
      await expect.poll(() => answer(page)).toContain("the contract does not allow it");
      expect(await answer(page)).toMatch(/data\.state: [^]*data\.amount: /);
      expect(await page.getByTestId("sent").count()).toBe(0);
      await write(page, '{"dealId": "7", "amount": 7, "state": "open"}');
      await expect.poll(() => problem.innerText()).toContain("as the contract has it");
      await expect.poll(() => page.locator(".cm-lintRange-error").count()).toBe(0);
      await button(page, "Send").click();
      await expect.poll(() => answer(page)).toContain("Nobody is listening on 42.");
    } finally {
      await own.close();
    }
  });
});

describe("where the server asks who one is", () => {
  const jwtSecret = "0123456789abcdef0123456789abcdef";
  const apiKey = "a-key-of-a-back-end";
  /** A token, signed by hand: HS256. */
  function tokenOf(claims: object): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const exp = Math.floor(Date.now() / 1_000) + 3_600;
    const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: "anna", exp, ...claims })}`;
    return `${signed}.${createHmac("sha256", jwtSecret).update(signed).digest("base64url")}`;
  }
  async function give(page: Page, token: string): Promise<void> {
    await page.getByLabel("Token or API key").fill(token);
    await page.keyboard.press("Enter");
  }
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  it("asks for a token, keeps it for the tab only, says what it does not allow, and forgets it", async () => {
    const hash = createHash("sha256").update(apiKey).digest();
    const keys = [
      {
        hash,
        grant: { crmIds: ["*"], patterns: { publish: [">"] }, read: true, admin: true, tickets: true },
      },
    ];
    const own = await createSwitchboard({ ...options, jwtSecret, apiKeys: keys });
    try {
      const page = await open("/websocketclient?crmId=42,43", own);
      const dialog = page.getByRole("dialog", { name: "Give a token" });
      await expect.poll(() => dialog.innerText()).toContain("This server asks who you are.");
      await isSound(page);
      await page.keyboard.press("Escape");
      await expect
        .poll(() => page.getByTestId("empty").innerText())
        .toContain("this server asks who you are");
      await isSound(page);
      await button(page, "Give a token").click();
      await give(page, "nonsense");
      await expect.poll(() => dialog.innerText()).toContain("It does not take this token");
      await give(page, tokenOf({ crmIds: ["42"] }));
      const state = page.getByTestId("connection");
      await expect.poll(() => state.innerText()).toMatch(/^Live/);
      await expect
        .poll(() => systemRows(page))
        .toContainEqual(expect.stringContaining("You may not follow 43"));
      await at(page, "/websocketclient?crmId=42,43");
      const response = await fetch(`${own.url.origin}/api/v1/publish`, {
        method: "POST",
        headers: bearer(apiKey),
        body: '{"crmIds":["42"],"data":"for 42"}',
      });
      expect(await response.json()).toMatchObject({ results: [{ receivers: 1 }] });
      await expect.poll(() => rows(page)).toEqual([expect.stringContaining("for 42")]);

      await page.reload();
      await expect.poll(() => state.innerText()).toMatch(/^Live/);
      await page.getByRole("link", { name: "Send", exact: true }).click();
      await page.getByLabel("To", { exact: true }).fill("42");
      await expect
        .poll(() => page.getByTestId("listening").innerText())
        .toContain("this token may not read who listens");
      await button(page, "Send").click();
      await expect.poll(() => answer(page)).toBe("Not sent: this token may not publish to 42.");
      await page.getByRole("group", { name: "Copy as" }).getByRole("button", { name: "curl" }).click();
      await expect.poll(() => clipboard(page)).toContain("Bearer $SWITCHBOARD_API_KEY");

      await button(page, "Sign out").click();
      await expect.poll(() => dialog.innerText()).toContain("This server asks who you are.");
      expect(
        await page.evaluate(() =>
          Object.values(sessionStorage).concat(Object.values(localStorage)).join(" "),
        ),
      ).not.toContain("eyJ");
      await give(page, apiKey);
      await expect.poll(() => page.getByTestId("listening").innerText()).toContain("listening on 42");
      await button(page, "Send").click();
      await expect.poll(() => answer(page)).toMatch(/^(Delivered to 1|Nobody)/);
    } finally {
      await own.close();
    }
  });

  it("asks for another token when one ends, and connects no more with it", async () => {
    const own = await createSwitchboard({ ...options, jwtSecret });
    try {
      const page = await open("/websocketclient?crmId=42", own);
      const dialog = page.getByRole("dialog", { name: "Give a token" });
      await expect.poll(() => dialog.innerText()).toContain("This server asks who you are.");
      await give(page, tokenOf({ crmIds: ["42"], exp: Math.floor(Date.now() / 1_000) + 3 }));
      await expect
        .poll(() => dialog.innerText())
        .toContain("It does not take this token, which has expired.");
      expect(await page.getByTestId("connection").innerText()).toContain("Closed: the token has expired");
      expect((await systemRows(page)).filter((row) => row.includes("Reconnected"))).toEqual([]);
      await give(page, tokenOf({ crmIds: ["42"] }));
      await expect.poll(() => page.getByTestId("connection").innerText()).toMatch(/^Live/);
      await expect.poll(async () => (await systemRows(page)).at(-1)).toMatch(/onnected/);
    } finally {
      await own.close();
    }
  });

  it("[R34] lets in for development where it was told to, and offers that nowhere else", async () => {
    const own = await createSwitchboard({ ...options, jwtSecret, devLogin: true });
    const other = await createSwitchboard({ ...options, jwtSecret });
    try {
      const page = await open("/messagetoclient?to=42", own);
      await button(page, "Log in for development").click();
      await expect.poll(() => page.getByTestId("connection").innerText()).toMatch(/^Live/);
      await expect.poll(() => page.getByTestId("listening").innerText()).toContain("on 42");
      await button(page, "Send").click();
      await expect.poll(() => answer(page)).toContain("Nobody is listening on 42.");
      const stranger = await open("/websocketclient", other);
      const dialog = stranger.getByRole("dialog", { name: "Give a token" });
      await expect.poll(() => dialog.innerText()).toContain("This server asks who you are.");
      await stranger.waitForLoadState("networkidle");
      expect(await button(stranger, "Log in for development").count()).toBe(0);
    } finally {
      await Promise.all([own.close(), other.close()]);
    }
  });
});
