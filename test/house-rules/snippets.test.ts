import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const pages = ["README.md", "packages/sdk/README.md", "docs/laravel.md", "docs/ask-the-application.md"];
const snippets = pages.flatMap((page) => snippetsOf(page));

/** What a snippet takes for granted: the reader's own functions, and the client of the snippet before it. */
const readersNames = `
import type { Client } from "@switchboard/sdk";
declare global {
  const client: Client;
  const url: string;
  const signal: AbortSignal;
  const isAway: boolean;
  const process: { readonly env: Readonly<Record<string, string | undefined>> };
  function show(what: unknown): void;
  function note(text: string): void;
  function draw(part: unknown): void;
  function reload(): void;
  function fetchToken(): Promise<string>;
  function ask(question: unknown, signal: AbortSignal): Promise<boolean>;
}`;

/** A piece of a page, with its language, and the place where it stands. */
function snippetsOf(page: string) {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(({ 1: language = "", 2: code = "", index }) => {
    const line = text.slice(0, index).split("\n").length + 1;
    return { language, code, place: `${page}:${line}` };
  });
}

const written = (language: string) => snippets.filter((snippet) => snippet.language === language);

describe("the snippets of the documents", () => {
  const folder = mkdtempSync(join(tmpdir(), "switchboard-snippets-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(() => {
    symlinkSync(join(root, "examples/node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "names.d.ts"), readersNames);
    writeFileSync(join(folder, "contract.ts"), readFileSync(join(root, "examples/crm/contract.ts")));
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      module: "preserve",
      moduleDetection: "force",
      target: "esnext",
      lib: ["esnext", "dom"],
      types: [],
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      noEmit: true,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    for (const { code, place } of written("ts")) writeFileSync(join(folder, fileFor(place)), code);
  });

  it("in TypeScript compile against the packages, in a project that is strict", async () => {
    expect(written("ts").length).toBeGreaterThan(5);
    const compiler = join(root, "apps/web/node_modules/@typescript/native/bin/tsc");
    const command = [process.execPath, "--bun", compiler, "-p", "."];
    const child = Bun.spawn(command, { cwd: folder, stdout: "pipe" });
    const faults = await new Response(child.stdout).text();
    expect(written("ts").reduce((text, { place }) => text.replaceAll(fileFor(place), place), faults)).toBe(
      "",
    );
    expect(await child.exited).toBe(0);
  });

  it.each(written("js"))("in JavaScript can be read: $place", ({ code }) => {
    expect(() => new Bun.Transpiler({ loader: "js" }).transformSync(code)).not.toThrow();
  });

  it.each(written("json"))("in JSON are JSON: $place", ({ code }) => {
    expect(() => JSON.parse(code) as unknown).not.toThrow();
  });
});

/** `packages-sdk-README.md-8.ts`, which holds what stands at that place. */
function fileFor(place: string): string {
  return `${place.replaceAll(/[/:]/g, "-")}.ts`;
}
