import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { step } from "./step.mjs";
import { tool } from "./tool.mjs";

/** @typedef {import("./prepare.mjs").Place} Place */

/** What is packed, in the order in which one needs the other. */
const packages = ["protocol", "sdk"];

/**
 * Makes of the packages for clients what npm installs anywhere: JavaScript, types, and the versions of what they need.
 * @param {Place} place
 * @param {string} folder where the archives go
 */
export async function pack({ root, bun, env }, folder) {
  mkdirSync(folder, { recursive: true });
  for (const name of packages) {
    const home = join(root, "packages", name);
    const dist = join(home, "dist");
    rmSync(dist, { recursive: true, force: true });
    const compile = tool(root, "tsc", compilerArgs(home, join(dist, "src")));
    await step(`compiling ${name}`, bun, compile, { cwd: root, env });
    nameDeclarations(join(dist, "src"));
    writeFileSync(join(dist, "package.json"), JSON.stringify(manifestOf(root, home), null, 2));
    const readme = readdirSync(home).find((file) => file === "README.md");
    if (readme) writeFileSync(join(dist, readme), readFileSync(join(home, readme)));
    await step(`packing ${name}`, bun, ["pm", "pack", "--destination", folder], { cwd: dist, env });
  }
  const archives = readdirSync(folder).filter((file) => file.endsWith(".tgz"));
  process.stdout.write(`\n  npm install ${archives.map((file) => join(folder, file)).join(" ")}\n\n`);
  return 0;
}

/**
 * @param {string} home
 * @param {string} out
 */
function compilerArgs(home, out) {
  const places = ["-p", join(home, "tsconfig.json"), "--rootDir", join(home, "src"), "--outDir", out];
  const files = ["--noEmit", "false", "--declaration", "--target", "es2022"];
  const imports = ["--rewriteRelativeImportExtensions", "--allowImportingTsExtensions", "false"];
  return [...places, ...files, ...imports];
}

/**
 * The compiler leaves the names of sources in declarations, where older ones than itself do not look for them.
 * @param {string} folder
 */
function nameDeclarations(folder) {
  for (const file of readdirSync(folder)) {
    if (!file.endsWith(".d.ts")) continue;
    const path = join(folder, file);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replaceAll(/((?:from|import\() ?"\.[^"]+)\.ts"/g, '$1.js"'));
  }
}

/**
 * The manifest of what is packed: what is only for the workspace is left out.
 * @param {string} root
 * @param {string} home
 */
function manifestOf(root, home) {
  const { name, version, description, dependencies } = manifestIn(home);
  const needs = Object.entries(dependencies).map(([other, range]) => [
    other,
    range.startsWith("workspace:")
      ? manifestIn(join(root, "packages", other.split("/")[1] ?? "")).version
      : `^${range}`,
  ]);
  return {
    name,
    version,
    description,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20" },
    exports: { ".": { types: "./src/index.d.ts", default: "./src/index.js" } },
    files: ["src"],
    dependencies: Object.fromEntries(needs),
  };
}

/**
 * @param {string} home
 * @returns {{ name: string, version: string, description: string, dependencies: Record<string, string> }}
 */
function manifestIn(home) {
  return JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
}
