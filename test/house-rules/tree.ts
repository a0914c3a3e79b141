import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A file of the repository; its path is relative to the root, with `/` between its parts. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** One thing to hold the tree to: says, a line each, what in it breaks the rule. */
export interface Rule {
  readonly name: string;
  violations(tree: readonly Source[]): string[];
}

const passedOver = new Set([
  ".git",
  ".svelte-check",
  ".tools",
  ".turbo",
  "coverage",
  "data",
  "dist",
  "node_modules",
]);
const textual =
  /\.(ts|mjs|js|svelte|css|html|json|lock|md|toml|ya?ml|php|py|sh|npmrc)$|(^|\/)(run|\.npmrc|\.editorconfig|\.gitignore)$/;

/** Every text file below the root that belongs to the project, sorted by path. */
export function readTree(root: string, folder = ""): Source[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true }).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  return entries.flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return passedOver.has(entry.name) ? [] : readTree(root, path);
    return textual.test(path) ? [{ path, text: readFileSync(join(root, path), "utf8") }] : [];
  });
}

/** The code that the rules of style are for. */
export function isCode({ path }: Source): boolean {
  return /\.(ts|mjs|js|svelte|css)$/.test(path);
}

/** Code that runs only in tests: it may be longer, and reach further. */
export function isTest({ path }: Source): boolean {
  return /\.(test|contract)\.ts$/.test(path) || path.startsWith("test/");
}

/** Code that a program wrote, and says so in its name or in its first line. */
export function isGenerated({ path, text }: Source): boolean {
  return /\.(generated|gen)\.\w+$/.test(path) || /^(\/\/|\/\*).*\bgenerated\b/i.test(text);
}
