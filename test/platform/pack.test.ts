import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { createSwitchboard } from "@switchboard/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const app = mkdtempSync(join(tmpdir(), "switchboard-app-"));
afterAll(() => rmSync(app, { recursive: true }));

/** A program of somebody else's, in another project. */
const program = `
import { createClient, createPublisher, defineContract } from "@switchboard/sdk";
import * as z from "zod";

const contract = defineContract({
  topics: { "crm.{crmId}": { "deal.updated": z.object({ amount: z.number() }) } },
  procedures: {},
});
const url = process.argv[2] ?? "";
const client = createClient({ contract, url });
const heard = new Promise<number>((resolve) => {
  client.subscribe("crm.{crmId}", { crmId: "42" }, (event) => resolve(event.data.amount));
});
await client.live();
const publisher = createPublisher({ contract, url });
// @ts-expect-error: the amount is no number
void (() => publisher.publish({ crmIds: ["42"], name: "deal.updated", data: { amount: "7" } }));
while ((await publisher.topics()).length === 0);
await publisher.publish({ crmIds: ["42"], name: "deal.updated", data: { amount: 7 } });
console.log(await heard);
client.close();
`;

async function run(...command: string[]): Promise<string> {
  const child = Bun.spawn(command, { cwd: app, stdout: "pipe", stderr: "pipe" });
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect(await child.exited, `${command.join(" ")}\n${out}${error}`).toBe(0);
  return out;
}

function compile(module: string, moduleResolution: string): Promise<string> {
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
  const lib = ["es2022", "dom", "dom.iterable", "dom.asynciterable"];
  const compilerOptions = { ...strict, module, moduleResolution, lib, target: "es2022", types: [] };
  writeFileSync(
    join(app, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: ["program.ts", "process.d.ts"] }),
  );
  const compiler = join(root, "apps/web/node_modules/@typescript/native/bin/tsc");
  return run(process.execPath, "--bun", compiler, "-p", ".");
}

describe("what npm run pack makes", () => {
  beforeAll(async () => {
    await run(process.execPath, join(root, "scripts/run.mjs"), "pack", app);
    for (const name of ["protocol", "sdk"]) {
      const home = join(app, "node_modules/@switchboard", name);
      const archive = readdirSync(app).find((file) => file.startsWith(`switchboard-${name}-`)) ?? "";
      mkdirSync(home, { recursive: true });
      await run("tar", "xzf", join(app, archive), "-C", home, "--strip-components=1");
    }
    symlinkSync(join(root, "packages/protocol/node_modules/zod"), join(app, "node_modules/zod"));
    writeFileSync(join(app, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(app, "program.ts"), program);
    writeFileSync(join(app, "process.d.ts"), "declare const process: { readonly argv: string[] };");
  }, 120_000);

  it("is installed in a project of strict TypeScript, whose program is typed by its contract, and runs", async () => {
    await compile("node16", "node16");
    await using server = await listening();
    expect(await run(process.execPath, "program.js", server.url)).toBe("7\n");
    await compile("esnext", "bundler");
  }, 120_000);
});

async function listening() {
  const server = await createSwitchboard({ port: 0, dataDir: ":memory:", log: "silent", drainMs: 0 });
  return { url: server.url.href, [Symbol.asyncDispose]: () => server.close() };
}
