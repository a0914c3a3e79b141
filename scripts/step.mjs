import { writeSync } from "node:fs";

import { runQuietly } from "./child.mjs";
import { Failure } from "./failure.mjs";

/**
 * Runs one command out of sight, with one line that says what is being done and how long it took. Throws a Failure with
 * all that the command wrote if it fails.
 * @param {string} title
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("./child.mjs").ChildOptions} options
 */
export async function step(title, command, args, options) {
  const startedAt = performance.now();
  writeSync(2, `${title} … `);
  const { code, output } = await runQuietly(command, args, options);
  writeSync(2, `${code === 0 ? "" : "failed, "}${seconds(startedAt)}\n`);
  if (code !== 0) throw new Failure(`${output.trimEnd()}\n${title}: failed (${command} exited with ${code})`);
}

/**
 * @param {number} startedAt as performance.now() told it
 * @returns {string} the time since then, to be read by people
 */
export function seconds(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}
