import { join } from "node:path";

const scripts = {
  knip: "knip/bin/knip.js",
  oxlint: "oxlint/bin/oxlint",
  tsc: "../apps/web/node_modules/@typescript/native/bin/tsc",
  turbo: "turbo/bin/turbo",
  vitest: "vitest/vitest.mjs",
};

/**
 * The arguments with which bun itself runs a tool's script: there may be no node to run it, or one too old.
 * @param {string} root
 * @param {keyof typeof scripts} name
 * @param {readonly string[]} args
 */
export function tool(root, name, args) {
  return ["--bun", join(root, "node_modules", scripts[name]), ...args];
}
