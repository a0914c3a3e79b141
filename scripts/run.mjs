import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { provideBun } from "./bun.mjs";
import { check, formatArgs, lintArgs, typecheckArgs } from "./check.mjs";
import { runBeside, runForeground } from "./child.mjs";
import { onceMoreAfterCrash } from "./crash.mjs";
import { Failure } from "./failure.mjs";
import { provideChromium, provideNatsServer, providePhp, providePythonAutobahn } from "./needs.mjs";
import { pack } from "./pack.mjs";
import { buildWebApp, installDependencies } from "./prepare.mjs";
import { tool } from "./tool.mjs";

/** @typedef {import("./prepare.mjs").Place} Place */

/** Where Vite serves the pages while they are worked on: see apps/web/vite.config.ts. */
const devPagesUrl = "http://localhost:5173";

/** @type {Record<string, (place: Place, args: string[]) => Promise<number>>} */
const commands = {
  async start(place, args) {
    const [first = "serve"] = args;
    if (first === "serve" || first.startsWith("-")) await buildWebApp(place);
    return foreground(place, ["apps/server/src/main.ts", ...args]);
  },
  dev(place, args) {
    const env = { SWITCHBOARD_PAGES_URL: devPagesUrl, ...place.env };
    return foreground({ ...place, env }, tool(place.root, "turbo", ["run", "dev", ...args]));
  },
  test,
  check,
  build: (place, args) => beside(place, tool(place.root, "turbo", ["run", "build", ...args])),
  pack: (place, [folder = join(place.root, "dist")]) => pack(place, resolve(folder)),
  bench: (place, args) => foreground(place, ["bench/src/main.ts", ...args]),
  fmt: (place, args) => beside(place, formatArgs(args)),
  lint: (place, args) => beside(place, [...lintArgs(place.root), ...args]),
  typecheck: (place, args) => beside(place, [...typecheckArgs(place.root), ...args]),
};

/**
 * @param {Place} place
 * @param {string[]} args
 */
async function test(place, args) {
  const env = { ...place.env };
  const allProjects = !args.some((arg) => arg.startsWith("--project"));
  if (allProjects || args.some((arg) => /e2e|platform|cluster/.test(arg))) {
    env.CHROMIUM_PATH = await provideChromium();
    env.PHP_PATH = await providePhp();
    env.PYTHON_PATH = await providePythonAutobahn();
    await buildWebApp(place);
  }
  if (allProjects || args.some((arg) => /unit|cluster/.test(arg)))
    env.NATS_SERVER_PATH = await provideNatsServer();
  const run = () => beside({ ...place, env }, tool(place.root, "vitest", ["run", ...args]));
  return onceMoreAfterCrash(run, (news) => void process.stderr.write(`\n${news}\n\n`));
}

/**
 * @param {Place} place
 * @param {readonly string[]} args
 */
function foreground({ bun, root, env }, args) {
  return runForeground(bun, args, { cwd: root, env });
}

/**
 * @param {Place} place
 * @param {readonly string[]} args
 */
function beside({ bun, root, env }, args) {
  return runBeside(bun, args, { cwd: root, env });
}

async function main() {
  const [name = "", ...args] = process.argv.slice(2);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command)
    throw new Failure(`usage: node scripts/run.mjs ${Object.keys(commands).join("|")} [arguments]`);

  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const place = { root, ...(await provideBun(root)) };
  await installDependencies(place);
  return command(place, args);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(
    `${error instanceof Failure ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = 1;
}
