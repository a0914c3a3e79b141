import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

const server = resolve(import.meta.dirname, "../..");
const root = resolve(server, "../..");

it("[R16] npm run dev reads paths from the root, as npm start does: both have one store", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dev-"));
  const env = { ...process.env, PORT: "0", SWITCHBOARD_DATA_DIR: relative(root, join(folder, "data")) };
  const child = Bun.spawn([process.execPath, "run", "dev"], { cwd: server, env, stdout: "pipe" });
  try {
    let said = "";
    for await (const bytes of child.stdout) {
      said += new TextDecoder().decode(bytes);
      if (said.includes("is up")) break;
    }
    expect(await readdir(folder)).toEqual(["data"]);
  } finally {
    child.kill("SIGINT");
    await child.exited;
    await rm(folder, { recursive: true, force: true });
  }
});
