import { createPublisher, SwitchboardError } from "@switchboard/sdk";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { closeDeal, openRecord } from "../../examples/crm/client.ts";
import { type Crm, startCrm } from "../../examples/crm/server.ts";
import { launchChromium, pagePatienceMs } from "../e2e/chromium.ts";

interface PresentNow {
  readonly sessions: readonly { readonly session: string }[];
}

let folder: string;
let crm: Crm;
let browser: Browser;

/** A browser's tab with the record open. */
async function openPage(name: string): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(pagePatienceMs);
  page.on("pageerror", (error) => expect.fail(`${name}: ${error.message}`));
  await page.goto(`${crm.url.href}?name=${name}`);
  await page.evaluate(() => window.crm.ready);
  return page;
}

const heardBy = (page: Page) => page.evaluate(() => window.crm.heard);
const questionFor = (page: Page) => page.evaluate(() => window.crm.question);
const answerIn = (page: Page, yes: boolean) => page.evaluate((answer) => window.crm.answer(answer), yes);

/** Who is there, and how often somebody has left, as a page was told. */
async function presenceIn(page: Page) {
  const presences = await page.evaluate(() => window.crm.presences);
  const departures = presences.flatMap(({ left }) => left).length;
  return { present: presences.at(-1)?.present.map(({ session }) => session), departures };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "crm-"));
  const entrypoints = [join(import.meta.dirname, "crm-page.ts")];
  const built = await Bun.build({ entrypoints, target: "browser", outdir: folder });
  expect(built.logs).toEqual([]);
  await Bun.write(
    join(folder, "index.html"),
    '<!doctype html><script type="module" src="/crm-page.js"></script>',
  );
  crm = await startCrm({ port: 0, dataDir: ":memory:", log: "silent", drainMs: 0, pages: folder });
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  await crm?.close();
  await rm(folder, { recursive: true, force: true });
});

it("[R19][R20][R21][R22][R23] a CRM of two browsers and a program: calls both ways, progress, errors, receipts, presence, refusals", async () => {
  const lines: string[] = [];
  const carl = openRecord(crm.url.href, "carl", "42", (line) => lines.push(line));
  await carl.ready;
  const [ann, bob] = [await openPage("ann"), await openPage("bob")];
  await ann.evaluate(() => window.crm.answerQuestions());

  // Presence: everyone with the record open is on it, and everyone knows.
  await expect.poll(async () => (await presenceIn(ann)).present?.length).toBe(3);
  const everyone = [...crm.sessions].map(({ id }) => id).toSorted();
  expect((await presenceIn(ann)).present?.toSorted()).toEqual(everyone);

  // A program calls the server, which calls a browser by crmId; the answer comes back the same way, with progress.
  const steps: string[] = [];
  const onProgress = ({ step }: { step: string }) => steps.push(step);
  const deal = { crmId: "42", dealId: "d-1", amount: 900 };
  const closing = closeDeal(carl, deal, { onProgress });
  await expect.poll(() => questionFor(ann)).toBe("Close deal d-1 for 900?");
  expect(await questionFor(bob)).toBeUndefined();
  expect(steps).toEqual(["asking"]);
  await answerIn(ann, true);

  // The receipt: all three have handled the event before the call has its answer.
  expect(await closing).toBe("closed, seen by 3");
  expect(steps).toEqual(["asking", "telling"]);
  expect(lines).toContain("deal d-1 is closed");
  for (const page of [ann, bob]) expect(await heardBy(page)).toEqual(["d-1 closed 900"]);

  // Errors have the types that the contract declares, in a program as in a browser.
  expect(await closeDeal(carl, deal)).toMatch(/^closed since 20\d\d-/);
  const refused = bob.evaluate((input) => window.crm.close(input), {
    ...deal,
    dealId: "d-2",
  });
  await expect.poll(() => questionFor(ann)).toBe("Close deal d-2 for 900?");
  await answerIn(ann, false);
  expect(await refused).toBe("42 says no");

  // Who gives up a call, takes the question back from the screen where it stands.
  const cancel = new AbortController();
  const canceled = closeDeal(carl, { ...deal, dealId: "d-3" }, { signal: cancel.signal });
  await expect.poll(() => questionFor(ann)).toBe("Close deal d-3 for 900?");
  cancel.abort();
  expect(await canceled).toBe("canceled: the call was cancelled");
  await expect.poll(() => questionFor(ann)).toBeUndefined();

  // Hooks: one subscription is refused, and what is published is changed.
  expect(await bob.evaluate(() => window.crm.follow("board"))).toBe(
    "topic: the board's record is not for you",
  );
  expect(await bob.evaluate(() => window.crm.follow("43"))).toBe("subscribed");
  await bob.evaluate(() =>
    window.crm.client.publish({
      crmIds: ["42"],
      name: "note.added",
      data: { text: "hello", by: "the boss" },
    }),
  );
  await expect.poll(() => heardBy(ann)).toEqual(["d-1 closed 900", "bob: hello"]);

  // The contract holds at every door: over HTTP it names the field, and nothing is published.
  const body = JSON.stringify({ crmIds: ["42"], name: "deal.updated", data: { ...deal, state: "lost" } });
  const answer = await fetch(`${crm.url.href}api/v1/publish`, { method: "POST", body });
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({
    error: { code: "invalid_payload", details: [{ path: "data.state" }] },
  });
  const backEnd = createPublisher({ url: crm.url.href });
  const wrong = await backEnd.call("deal.close", { ...deal, amount: -1 }).catch((error: unknown) => error);
  expect(wrong).toBeInstanceOf(SwitchboardError);
  expect(wrong).toMatchObject({ code: "invalid_payload", message: /^data\.amount: / });
  expect(await heardBy(bob)).toEqual(["d-1 closed 900"]);

  // What every server answers: who is on the topic, the same as the pages were told.
  const { sessions } = (await backEnd.call("switchboard.presence", { topic: "crm.42" })) as PresentNow;
  expect(sessions.map(({ session }) => session).toSorted()).toEqual(everyone);

  // An outage is none: ann's tab comes back as who she was, and is asked again.
  await ann.evaluate(async () => {
    window.crm.client.reconnect();
    await window.crm.client.live();
  });
  const again = closeDeal(carl, { ...deal, dealId: "d-4" });
  await expect.poll(() => questionFor(ann)).toBe("Close deal d-4 for 900?");
  await answerIn(ann, true);
  expect(await again).toBe("closed, seen by 3");
  expect(await presenceIn(bob)).toMatchObject({ departures: 0 });

  carl.client.close();
});
