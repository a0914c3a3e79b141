import { builtinModules } from "node:module";

import { cyclesOf, type Import, importsOf } from "./imports.ts";
import { parse, placeOf, walk } from "./syntax.ts";
import { isTest, type Rule, type Source } from "./tree.ts";
import ts from "typescript";

/** What each workspace may import of the others. */
const workspaces: Record<string, readonly string[]> = {
  "packages/protocol": [],
  "packages/sdk": ["packages/protocol"],
  "apps/web": ["packages/protocol", "packages/sdk"],
  "apps/server": ["packages/protocol"],
};

/** What each part of `apps/server/src` may import of the others; a part is a folder, or a file beside them. */
const serverParts: Record<string, readonly string[]> = {
  core: [],
  dialects: ["core"],
  engines: ["core"],
  auth: ["core"],
  "setting-schemas": [],
  settings: ["core", "dialects", "engines", "auth", "setting-schemas"],
  config: ["core", "settings", "setting-schemas"],
  log: ["core"],
  builtins: ["core"],
  system: ["core"],
  application: ["core"],
  backend: ["core"],
  signer: ["core"],
  transport: ["core", "dialects", "engines", "settings", "config", "auth"],
  server: [
    "core",
    "dialects",
    "engines",
    "settings",
    "config",
    "log",
    "signer",
    "auth",
    "builtins",
    "system",
    "application",
    "backend",
    "transport",
  ],
  index: ["core", "settings", "config", "application", "backend", "server"],
  cli: ["core", "dialects", "engines", "settings", "config", "log", "auth", "transport", "server"],
  main: ["core", "dialects", "engines", "settings", "config", "transport", "server", "cli"],
};

/** The command line is a client like others; and tests of the server are. */
const clientsInServer = new Set(["cli", "main"]);

/** `protocol ← sdk ← web`, and `protocol ← server`. */
export const workspacesPointOneWay: Rule = {
  name: "workspaces import only what stands before them, and by name",
  violations: (tree) =>
    importsOf(tree).flatMap((one) => {
      const [home, target] = [workspaceOf(one.from.path), workspaceOf(one.to ?? "")];
      const allowed = home === undefined ? undefined : workspaces[home];
      if (one.to === undefined || home === target || !allowed) return [];
      if (one.specifier.startsWith("."))
        return [`${one.place} leaves its workspace by a path: ${one.specifier}`];
      if (target === "packages/sdk" && mayBeClient(one.from)) return [];
      return allowed.includes(target ?? "") ? [] : [`${one.place} ${home} may not import ${one.specifier}`];
    }),
};

/** `core ← dialects | engines ← transport ← server ← main`. */
export const serverPointsOneWay: Rule = {
  name: "the server's parts import only what stands before them",
  violations: (tree) =>
    importsOf(tree).flatMap((one) => {
      const [home, target] = [serverPartOf(one.from.path), serverPartOf(one.to ?? "")];
      if (home === undefined || target === undefined || home === target || isTest(one.from)) return [];
      const allowed = serverParts[home];
      if (!allowed)
        return [
          `${one.place} ${home} has no place in the order: give it one in test/house-rules/direction.ts`,
        ];
      return allowed.includes(target) ? [] : [`${one.place} ${home} may not import ${target}`];
    }),
};

/** What all dialects may use. */
const sharedByDialects = new Set(["parse", "arguments", "principals"]);

/** One dialect knows nothing of another; only the list knows all of them. */
export const dialectsKeepApart: Rule = {
  name: "dialects do not import each other",
  violations: (tree) =>
    importsOf(tree).flatMap((one) => {
      const [home, target] = [dialectOf(one.from.path), dialectOf(one.to ?? "")];
      if (home === undefined || target === undefined || home === target || isTest(one.from)) return [];
      return home === "index" || sharedByDialects.has(target)
        ? []
        : [`${one.place} ${home} may not import ${target}`];
    }),
};

/** The core knows no runtime, no framework, no environment, and no clock but the one it is handed. */
export const coreStandsAlone: Rule = {
  name: "the core imports no runtime and reads no clock",
  violations(tree) {
    const core = tree.filter((source) => serverPartOf(source.path) === "core" && !isTest(source));
    const imported = importsOf(core)
      .filter(isRuntime)
      .map((one) => `${one.place} core may not import ${one.specifier}`);
    return [...imported, ...core.flatMap(globalsUsed)];
  },
};

/** No file leads back to itself, not even by types. */
export const noCycles: Rule = {
  name: "imports have no cycles, type imports included",
  violations: (tree) => cyclesOf(importsOf(tree)).map((way) => way.join(" → ")),
};

function workspaceOf(path: string): string | undefined {
  return /^(packages|apps)\/[^/]+|^(examples|bench|test|scripts)(?=\/)/.exec(path)?.[0];
}

function serverPartOf(path: string): string | undefined {
  return /^apps\/server\/src\/([^/.]+)/.exec(path)?.[1];
}

function dialectOf(path: string): string | undefined {
  return /^apps\/server\/src\/dialects\/([^/.]+)/.exec(path)?.[1];
}

function mayBeClient(source: Source): boolean {
  const part = serverPartOf(source.path);
  return part !== undefined && (isTest(source) || clientsInServer.has(part));
}

function isRuntime({ specifier }: Import): boolean {
  return (
    /^(bun|hono|nats|@hono|@nats-io|ws)([:/]|$)|^(bun|node):/.test(specifier) ||
    builtinModules.includes(specifier)
  );
}

function globalsUsed(source: Source): string[] {
  const found: string[] = [];
  walk(parse(source), (node) => {
    const use = useOf(node);
    if (use) found.push(`${placeOf(node)} core may not use ${use}`);
  });
  return found;
}

function useOf(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const text = `${node.expression.getText()}.${node.name.text}`;
    return /^(Bun|process)\.|^(Date|performance)\.now$/.test(text) ? text : undefined;
  }
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return undefined;
  const callee = node.expression.getText();
  if (ts.isNewExpression(node))
    return callee === "Date" && !node.arguments?.length ? "new Date()" : undefined;
  return /^(setTimeout|setInterval|setImmediate)$/.test(callee) ? callee : undefined;
}
