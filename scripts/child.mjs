import { spawn } from "node:child_process";
import { constants } from "node:os";

import { Failure } from "./failure.mjs";

/** How long a repeated signal counts as the same key press: npm and the terminal may both hand us one Ctrl-C. */
const samePressMs = 1_000;

/** How often we look whether whoever started us is still there, in ms. */
const parentLookMs = 500;

/**
 * @typedef {object} ChildOptions
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} [env]
 */

/**
 * Runs a command that owns the terminal until it ends; resolves to the code to exit with. It stands in a process group of
 * its own, so that it and its children hear a Ctrl-C once, from us, and not from the terminal as well.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {ChildOptions} options
 * @returns {Promise<number>}
 */
export function runForeground(command, args, options) {
  const hasGroup = process.platform !== "win32";
  const child = spawn(command, args, { ...options, stdio: "inherit", detached: hasGroup });
  const send = (/** @type {NodeJS.Signals} */ signal) => {
    const running = child.pid !== undefined && child.exitCode === null && child.signalCode === null;
    if (!hasGroup) child.kill(signal);
    else if (running) process.kill(-child.pid, signal);
  };
  passSignalsOn(send);
  endWithNpm(() => send("SIGTERM"));
  return ended(child);
}

/**
 * Runs a command to its end, its output beside ours; resolves to the code to exit with.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {ChildOptions} options
 * @returns {Promise<number>}
 */
export function runBeside(command, args, options) {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "inherit", "inherit"] });
  passSignalsOn((signal) => child.kill(signal));
  return ended(child);
}

/**
 * Runs a command out of sight; resolves to its exit code and all that it wrote.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {ChildOptions} options
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function runQuietly(command, args, options) {
  const shell = process.platform === "win32" && !command.endsWith(".exe");
  const child = spawn(command, args, { ...options, shell, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => (output += text));
  }
  const code = await ended(child, "close");
  return { code, output };
}

/** @param {(signal: NodeJS.Signals) => void} send */
function passSignalsOn(send) {
  let heardAt = Number.NEGATIVE_INFINITY;
  const forward = (/** @type {NodeJS.Signals} */ signal) => {
    if (performance.now() - heardAt < samePressMs) return;
    heardAt = performance.now();
    send(signal);
  };
  process.on("SIGINT", forward).on("SIGTERM", forward);
  process.on("SIGHUP", () => forward("SIGTERM"));
}

/**
 * An npm that is told to end ends the shell between it and us, and we hear nothing but that our parent is another one.
 * @param {() => void} end
 */
function endWithNpm(end) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, parentLookMs).unref();
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {"exit" | "close"} event
 * @returns {Promise<number>}
 */
function ended(child, event = "exit") {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) =>
      reject(new Failure(`${child.spawnfile} could not be started: ${cause.message}`)),
    );
    child.once(event, (/** @type {number | null} */ code, /** @type {NodeJS.Signals | null} */ signal) => {
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
