import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { RealServer } from "../../test/real-server.ts";

const dist = mkdtempSync(join(tmpdir(), "switchboard-pages-"));
mkdirSync(join(dist, "assets"));
writeFileSync(join(dist, "index.html"), "<!doctype html><title>Switchboard</title>");
writeFileSync(join(dist, "assets", "app-1234.js"), "export {}");
writeFileSync(join(dist, "mark.svg"), "<svg/>");
afterAll(() => rmSync(dist, { recursive: true }));

const server = new RealServer({ pages: dist });
const elsewhere = new RealServer({ pagesUrl: "http://localhost:5173" });
const unbuilt = new RealServer({ pages: join(dist, "nothing") });

it.each(["/", "/websocketclient", "/messagetoclient", "/websocketclient?crmId=42"])(
  "[R15] %s is a page, which loads from nowhere else and is framed by nobody",
  async (path) => {
    const { status, headers, text } = await server.ask("GET", path);
    expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(text).toContain("<title>Switchboard</title>");
    const policy = headers.get("content-security-policy");
    for (const part of [
      "default-src 'self'",
      "script-src 'self';",
      "object-src 'none'",
      "frame-ancestors 'none'",
    ])
      expect(policy).toContain(part);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  },
);

it("files are served with their type; those named by their hash for good", async () => {
  const script = await server.ask("GET", "/assets/app-1234.js");
  expect([script.status, script.text]).toEqual([200, "export {}"]);
  expect(script.headers.get("content-type")).toContain("javascript");
  expect(script.headers.get("cache-control")).toContain("immutable");
  const mark = await server.ask("GET", "/mark.svg");
  expect(mark.headers.get("content-type")).toContain("svg");
  expect(mark.headers.get("cache-control")).toBe("no-cache");
});

it.each(["/index.html", "/websocketclient/", "/assets/", "/assets/nothing.js", "/favicon.ico"])(
  "[R15] %s is not found",
  async (path) => {
    expect(await server.ask("GET", path)).toMatchObject({
      status: 404,
      body: { error: { code: "not_found" } },
    });
  },
);

it("pages that are served elsewhere are asked for there, with what follows in the address; the rest is served here", async () => {
  const { status, headers } = await elsewhere.ask("GET", "/websocketclient?crmId=42&q=a%20b");
  expect([status, headers.get("location")]).toEqual([
    307,
    "http://localhost:5173/websocketclient?crmId=42&q=a%20b",
  ]);
  expect((await elsewhere.ask("GET", "/")).headers.get("location")).toBe("http://localhost:5173/");
  expect((await elsewhere.ask("GET", "/nothing")).status).toBe(404);
  expect((await elsewhere.ask("GET", "/healthz")).status).toBe(200);
  await elsewhere.welcome("42");
});

it("pages that were not built say how to build them, and the rest is served", async () => {
  const { status, text } = await unbuilt.ask("GET", "/websocketclient");
  expect([status, text]).toEqual([503, expect.stringContaining("npm run build")]);
  expect((await unbuilt.ask("GET", "/healthz")).status).toBe(200);
});
