import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

import { Failure } from "./failure.mjs";
import { step } from "./step.mjs";

const browsers = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * The browser for the end-to-end tests; installed where it is missing and that is possible. Throws a Failure that says what
 * to install where it is not.
 * @returns {Promise<string>} its path
 */
export async function provideChromium() {
  const find = () => process.env.CHROMIUM_PATH || onPath(browsers);
  if (!find() && mayInstall()) await install("chromium");
  const path = find();
  if (path) return path;
  throw new Failure(
    "The end-to-end tests need Chromium: install the package chromium (or Google Chrome), or say where it is in CHROMIUM_PATH.\n" +
      "The other tests run without: npm test -- --project unit --project house",
  );
}

/**
 * PHP's command line, which one end-to-end test speaks from; installed where it is missing and that is possible.
 * @returns {Promise<string>} its path, or "" where there is none and those tests are to be skipped
 */
export async function providePhp() {
  const find = () => process.env.PHP_PATH || onPath(["php"]);
  if (!find() && mayInstall()) await install("php-cli");
  const path = find();
  if (!path) process.stderr.write("php is missing (package php-cli): the tests that need it are skipped\n");
  return path;
}

/**
 * The NATS server that the tests of several nodes run on; installed where it is missing and that is possible.
 * @returns {Promise<string>} its path
 */
export async function provideNatsServer() {
  const find = () => process.env.NATS_SERVER_PATH || onPath(["nats-server"]) || inSbin("nats-server");
  if (!find() && mayInstall()) await install("nats-server");
  const path = find();
  if (!path)
    throw new Failure(
      "The tests of several nodes need NATS: install the package nats-server, or say where it is in NATS_SERVER_PATH.",
    );
  if (!process.env.NATS_NEW_SERVER_PATH)
    process.stderr.write(
      "NATS_NEW_SERVER_PATH names no NATS of 2.12 or newer: the tests that need one are skipped\n",
    );
  return path;
}

/** @param {string} name */
function inSbin(name) {
  const path = join("/usr/sbin", name);
  return isExecutable(path) ? path : "";
}

/**
 * A Python that has Debian's python3-autobahn, a WAMP client, and python3-cbor2, which its CBOR wants though its package does not depend on it;
 * installed where they are missing and that is possible.
 * @returns {Promise<string>} its path, or "" where there is none and those tests are to be skipped
 */
export async function providePythonAutobahn() {
  const find = () => [process.env.PYTHON_PATH, "/usr/bin/python3"].find(hasAutobahn) ?? "";
  if (!find() && mayInstall()) await install("python3-autobahn", "python3-cbor2").catch(() => {});
  const path = find();
  if (!path)
    process.stderr.write(
      "python3-autobahn or python3-cbor2 is missing (Debian's packages): the tests that need them are skipped\n",
    );
  return path;
}

/** @param {string | undefined} python */
function hasAutobahn(python) {
  return python ? spawnSync(python, ["-c", "import autobahn.asyncio, cbor2"]).status === 0 : false;
}

/** @param {readonly string[]} names the first that is found is taken */
function onPath(names) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable) ?? "";
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function mayInstall() {
  return process.getuid?.() === 0 && onPath(["apt-get"]) !== "";
}

/** @param {string[]} names */
async function install(...names) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const wait = ["-o", "DPkg::Lock::Timeout=300"];
  await step("reading the package lists", "apt-get", ["update", ...wait], { cwd: "/", env });
  const args = ["install", "-y", "--no-install-recommends", ...wait, ...names];
  await step(`installing ${names.join(" and ")}`, "apt-get", args, { cwd: "/", env });
}
