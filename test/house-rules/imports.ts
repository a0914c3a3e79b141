import { dirname, join } from "node:path/posix";
import ts from "typescript";

import { isScript, parse, placeOf, walk } from "./syntax.ts";
import type { Source } from "./tree.ts";

/** One import of one file, of values or of types alone. */
export interface Import {
  readonly from: Source;
  /** What the code says. */
  readonly specifier: string;
  /** The path of the file that is meant, if it is one of the tree. */
  readonly to: string | undefined;
  /** `path:line`. */
  readonly place: string;
}

const entries: Record<string, string> = {
  "@switchboard/protocol": "packages/protocol/src/index.ts",
  "@switchboard/sdk": "packages/sdk/src/index.ts",
  "@switchboard/server": "apps/server/src/server.ts",
};

/** All imports in the tree: static, dynamic, re-exports and `import("…")` types. */
export function importsOf(tree: readonly Source[]): Import[] {
  const paths = new Set(tree.map((source) => source.path));
  return tree.filter(isScript).flatMap((from) =>
    specifiersOf(parse(from)).map((literal) => ({
      from,
      specifier: literal.text,
      to: resolve(from.path, literal.text, paths),
      place: placeOf(literal),
    })),
  );
}

/** The loops among imports, each once, as the paths on its way round. */
export function cyclesOf(imports: readonly Import[]): string[][] {
  const targets = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    if (to === undefined) continue;
    targets.set(from.path, (targets.get(from.path) ?? new Set()).add(to));
  }
  const done = new Set<string>();
  const cycles: string[][] = [];
  const visit = (path: string, way: readonly string[]) => {
    const at = way.indexOf(path);
    if (at >= 0) cycles.push([...way.slice(at), path]);
    if (at >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  return cycles;
}

function specifiersOf(file: ts.SourceFile): ts.StringLiteralLike[] {
  const found: ts.StringLiteralLike[] = [];
  walk(file, (node) => {
    const specifier = specifierOf(node);
    if (specifier && ts.isStringLiteralLike(specifier)) found.push(specifier);
  });
  return found;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return node.arguments[0];
  return undefined;
}

function resolve(from: string, specifier: string, paths: ReadonlySet<string>): string | undefined {
  if (!specifier.startsWith(".")) return entries[specifier];
  const path = join(dirname(from), specifier.replace(/\?.*$/, ""));
  const spellings = [
    path,
    `${path}.ts`,
    `${path}.svelte.ts`,
    `${path}/index.ts`,
    path.replace(/\.js$/, ".ts"),
  ];
  return spellings.find((spelling) => paths.has(spelling)) ?? path;
}
