import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

import { hashOf, readStamp, workspaces, writeStamp } from "./stamp.mjs";
import { step } from "./step.mjs";
import { tool } from "./tool.mjs";

/** @typedef {{ root: string, bun: string, env: NodeJS.ProcessEnv }} Place where commands run, and on what */

/**
 * Installs the dependencies as bun.lock says, if they changed since this was last done.
 * @param {Place} place
 */
export async function installDependencies({ root, bun, env }) {
  const folders = workspaces(root);
  const stampFile = join(root, "node_modules", ".switchboard-installed");
  const manifests = ["package.json", ...folders.map((folder) => `${folder}/package.json`)];
  const stamp = hashOf(root, ["bun.lock", "bunfig.toml", ...manifests]);
  const complete = folders.every((folder) => existsSync(join(root, folder, "node_modules")));
  if (complete && readStamp(stampFile) === stamp) return;

  await step("installing dependencies", bun, ["install", "--frozen-lockfile"], { cwd: root, env });
  writeStamp(stampFile, stamp);
}

/**
 * Builds the web app, if anything it is made of changed since this was last done.
 * @param {Place} place
 */
export async function buildWebApp({ root, bun, env }) {
  const stampFile = join(root, "node_modules", ".switchboard-web-built");
  const page = join(root, "apps", "web", "dist", "index.html");
  const sources = hashOf(root, ["apps/web", "packages", "bun.lock", "turbo.json", "tsconfig.base.json"]);
  // The page's own time tells whether someone else has built in between.
  const stamp = () => `${sources} ${statSync(page, { throwIfNoEntry: false })?.mtimeMs ?? "missing"}`;
  if (existsSync(page) && readStamp(stampFile) === stamp()) return;

  const args = tool(root, "turbo", [
    "run",
    "build",
    "--filter=@switchboard/web",
    "--output-logs=errors-only",
  ]);
  await step("building the web app", bun, args, { cwd: root, env });
  writeStamp(stampFile, stamp());
}
