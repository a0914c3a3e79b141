import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";

import { curlSnippet, phpQuote, phpSnippet, shellQuote, typescriptSnippet } from "./snippets.ts";

const url = "http://127.0.0.1:8080";
const server = { url, asksForKey: false };
const closed = { url, asksForKey: true };
const message = { crmIds: ["42", "43"], name: "note", text: '{ "say": "it\'s $HOME \\\\ `x`" }' };

it("curl gets one argument, whatever is in it", () => {
  expect(curlSnippet(server, { ...message, text: "{}" })).toBe(
    `curl ${url}/api/v1/publish -H 'Content-Type: application/json' -d '{"crmIds":["42","43"],"name":"note","data":{}}'`,
  );
  const echoed = curlSnippet(server, message).replace(/^curl \S+ -H '[^']+' -d /, "printf %s ");
  const body: unknown = JSON.parse(execFileSync("/bin/sh", ["-c", echoed], { encoding: "utf8" }));
  expect(body).toEqual({ crmIds: ["42", "43"], name: "note", data: { say: "it's $HOME \\ `x`" } });
});

it("quotes for the shell and for PHP", () => {
  expect(shellQuote("it's")).toBe(`'it'\\''s'`);
  expect(phpQuote(String.raw`it's \n`)).toBe(String.raw`'it\'s \\n'`);
  expect(phpSnippet(server, message)).toContain(String.raw`"say":"it\'s $HOME \\\\ `);
});

it("TypeScript keeps numbers that a literal would bend", () => {
  expect(typescriptSnippet(server, { ...message, text: '{"a": 1}' })).toContain('data: {"a":1},');
  expect(typescriptSnippet(server, { ...message, text: '{"id": 9007199254740993}' })).toContain(
    String.raw`data: jsonText("{\"id\":9007199254740993}"),`,
  );
  expect(typescriptSnippet(server, { ...message, text: '{"__proto__": 1}' })).toContain("jsonText(");
});

it("a key comes from the program's surroundings, where one is asked for", () => {
  expect(curlSnippet(closed, message)).toContain(
    `publish -H "Authorization: Bearer $SWITCHBOARD_API_KEY" -H`,
  );
  expect(phpSnippet(closed, message)).toContain("'Authorization: Bearer ' . getenv('SWITCHBOARD_API_KEY')]");
  expect(typescriptSnippet(closed, message)).toContain("apiKey: process.env.SWITCHBOARD_API_KEY });");
});
