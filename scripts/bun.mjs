import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";

import { Failure } from "./failure.mjs";
import { step } from "./step.mjs";

/**
 * The bun that everything runs on: PATH's if it is new enough, else the one in `.tools`, which is installed first if it is
 * not there. Resolves to its path and to an environment in which `bun` means this one.
 * @param {string} root
 * @returns {Promise<{ bun: string, env: NodeJS.ProcessEnv }>}
 */
export async function provideBun(root) {
  const wanted = wantedVersion(root);
  const bun = candidates().find((path) => atLeast(versionOf(path), wanted)) ?? (await ownBun(root, wanted));
  const path = `${dirname(bun)}${delimiter}${process.env.PATH ?? ""}`;
  return { bun, env: { ...process.env, PATH: path, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" } };
}

/**
 * @param {string} root
 * @param {string} version
 */
async function ownBun(root, version) {
  const tools = join(root, ".tools");
  const bun = join(tools, "node_modules", ".bin", process.platform === "win32" ? "bun.exe" : "bun");
  if (versionOf(bun) === version) return bun;

  const args = ["install", "--prefix", tools, "--no-save", "--no-audit", "--no-fund", `bun@${version}`];
  // Some npm versions and settings refuse install scripts: so none are run, and bun's own is run by hand.
  await step(`installing bun ${version} into .tools`, "npm", [...args, "--ignore-scripts"], { cwd: root });
  const script = join(tools, "node_modules", "bun", "install.js");
  await step("unpacking bun", process.execPath, [script], { cwd: tools });
  if (versionOf(bun) !== version)
    throw new Failure(`${bun} is not bun ${version}. Remove .tools and try again.`);
  return bun;
}

function candidates() {
  const name = process.platform === "win32" ? "bun.exe" : "bun";
  const onPath = (process.env.PATH ?? "").split(delimiter).map((directory) => join(directory, name));
  // `bun run` tells its own place here, even where PATH does not have it.
  const runner = process.env.npm_execpath ?? "";
  return [...(basename(runner).startsWith("bun") ? [runner] : []), ...onPath].filter((path) =>
    existsSync(path),
  );
}

/** @param {string} bun */
function versionOf(bun) {
  if (!existsSync(bun)) return "";
  const { status, stdout } = spawnSync(bun, ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}

/** @param {string} root */
function wantedVersion(root) {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return String(packageManager).replace("bun@", "");
}

/**
 * @param {string} version
 * @param {string} wanted
 */
function atLeast(version, wanted) {
  if (!/^\d+\.\d+\.\d+/.test(version)) return false;
  const [have, want] = [version, wanted].map((text) => text.split(/[.-]/).slice(0, 3).map(Number));
  const different = [0, 1, 2].find((place) => have?.[place] !== want?.[place]);
  return different === undefined || Number(have?.[different]) > Number(want?.[different]);
}
