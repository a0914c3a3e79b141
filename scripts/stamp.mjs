import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const passedOver = new Set(["node_modules", "dist", ".turbo", ".svelte-check"]);

/**
 * One hash of the content of files, and of all files in folders; what does not exist counts as such.
 * @param {string} root
 * @param {readonly string[]} paths relative to the root
 */
export function hashOf(root, paths) {
  const hash = createHash("sha256");
  for (const file of paths.flatMap((path) => filesIn(root, path))) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  }
  return hash.digest("hex");
}

/**
 * The folders of the workspaces, relative to the root.
 * @param {string} root
 */
export function workspaces(root) {
  const nested = ["packages", "apps"].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
  );
  return [...nested, "examples", "bench"]
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .sort();
}

/** @param {string} file */
export function readStamp(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/**
 * @param {string} file
 * @param {string} stamp
 */
export function writeStamp(file, stamp) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, stamp);
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {string[]}
 */
function filesIn(root, path) {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (!stats) return [];
  if (!stats.isDirectory()) return [path];
  const names = readdirSync(join(root, path)).filter((name) => !passedOver.has(name));
  return names.sort().flatMap((name) => filesIn(root, `${path}/${name}`));
}
