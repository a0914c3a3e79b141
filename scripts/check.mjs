import { readFileSync } from "node:fs";
import { join } from "node:path";

import { runQuietly } from "./child.mjs";
import { seconds } from "./step.mjs";
import { tool } from "./tool.mjs";

/** @typedef {import("./prepare.mjs").Place} Place */

/**
 * All that holds the code to its form, one line each; what failed is shown at the end.
 * @param {Place} place
 * @returns {Promise<number>} the code to exit with
 */
export async function check(place) {
  const { root, bun, env } = place;
  const run = (/** @type {readonly string[]} */ args) => runQuietly(bun, args, { cwd: root, env });
  const steps = {
    format: () => run(formatArgs(["--check"])),
    lint: () => run(lintArgs(root)),
    types: () => run(typecheckArgs(root)),
    "dead code": () => run(tool(root, "knip", [])),
    "house rules": () => run(tool(root, "vitest", ["run", "--project", "house"])),
    lockfile: async () => lockfileNamesNoAddress(root),
  };
  const reports = [];
  for (const [name, start] of Object.entries(steps)) {
    const startedAt = performance.now();
    const { code, output } = await start();
    process.stdout.write(`${code === 0 ? "ok    " : "FAILED"} ${name}, ${seconds(startedAt)}\n`);
    if (code !== 0) reports.push(`\n--- ${name}\n${output.trimEnd()}\n`);
  }
  process.stdout.write(reports.join(""));
  return reports.length === 0 ? 0 : 1;
}

/**
 * Arguments for bun's formatter. Where package.json has a script `fmt` (or `check`), bun runs that instead of its own
 * command: so it is run from a workspace that has none.
 * @param {readonly string[]} args options, and paths from the root (none: everything)
 */
export function formatArgs(args) {
  const options = args.filter((arg) => arg.startsWith("-"));
  const paths = args.filter((arg) => !arg.startsWith("-")).map((path) => join("..", path));
  return ["--cwd=bench", "fmt", ...options, ...(paths.length > 0 ? paths : [".."])];
}

/** @param {string} root */
export function lintArgs(root) {
  return tool(root, "oxlint", ["--type-aware", "--deny-warnings"]);
}

/** @param {string} root */
export function typecheckArgs(root) {
  return tool(root, "turbo", [
    "run",
    "typecheck",
    "typecheck:root",
    "--continue",
    "--output-logs=errors-only",
  ]);
}

/**
 * A lockfile made behind a mirror would name it.
 * @param {string} root
 */
function lockfileNamesNoAddress(root) {
  const lines = readFileSync(join(root, "bun.lock"), "utf8").split("\n");
  const found = lines.flatMap((line, index) =>
    /https?:/.test(line) ? [`bun.lock:${index + 1} names an address`] : [],
  );
  return { code: found.length === 0 ? 0 : 1, output: found.join("\n") };
}
