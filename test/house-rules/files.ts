import ts from "typescript";

import { isScript, parse, placeOf } from "./syntax.ts";
import { isCode, isGenerated, isTest, type Rule } from "./tree.ts";

const linesMax = 250;
const testLinesMax = 500;

/** The files that exist to say what a package offers. */
const packageEntry = /^(packages\/[^/]+|apps\/server)\/src\/index\.ts$/;

/** A file holds one idea. */
export const filesAreShort: Rule = {
  name: `files have at most ${linesMax} lines, tests and generated ones ${testLinesMax}`,
  violations: (tree) =>
    tree.filter(isCode).flatMap((source) => {
      const lines = source.text.replace(/\n$/, "").split("\n").length;
      const max = isTest(source) || isGenerated(source) ? testLinesMax : linesMax;
      return lines > max ? [`${source.path} has ${lines} lines, ${max} at most`] : [];
    }),
};

/** kebab-case; components may be named as they are used. */
export const fileNamesAreKebab: Rule = {
  name: "file names are kebab-case, components PascalCase",
  violations: (tree) =>
    tree.filter(isCode).flatMap(({ path }) => {
      const name = nameOf(path);
      const fits =
        /^[a-z\d]+(-[a-z\d]+)*(\.[a-z\d]+(-[a-z\d]+)*)+$/.test(name) ||
        /^([A-Z][a-z\d]*)+\.svelte$/.test(name);
      return fits ? [] : [path];
    }),
};

/** A drawer for everything is a home for nothing. */
export const filesAreNamedByTheirNoun: Rule = {
  name: "no file or folder is named utils, helpers, types, common or misc",
  violations: (tree) =>
    tree.filter(isCode).flatMap(({ path }) => {
      const parts = path.split("/").map((part) => part.replace(/\..*$/, ""));
      return parts.some((part) => /^(utils?|helpers?|types|common|misc)$/i.test(part)) ? [path] : [];
    }),
};

/** Only a package's entry gathers what others wrote. */
export const noBarrels: Rule = {
  name: "no barrels but each package's entry",
  violations: (tree) =>
    tree
      .filter((source) => isScript(source) && !packageEntry.test(source.path))
      .flatMap((source) => {
        const statements = parse(source).statements.filter((statement) => !ts.isImportDeclaration(statement));
        const stars = statements.filter((one) => isReExport(one) && !one.exportClause);
        if (stars.length > 0) return stars.map((star) => `${placeOf(star)} exports all of another file`);
        return statements.length > 0 && statements.every(isReExport)
          ? [`${source.path} only exports what others wrote`]
          : [];
      }),
};

/** Where packages come from is each machine's own matter, and its addresses may hold secrets. */
export const noRegistryAddresses: Rule = {
  name: "no file names a registry or a mirror, and bun.lock no address at all",
  violations: (tree) =>
    tree.flatMap((source) => {
      const pattern = nameOf(source.path) === "bun.lock" ? anyAddress : registryAddress;
      const lines = source.text.split("\n");
      return lines.flatMap((line, index) => (pattern.test(line) ? [`${source.path}:${index + 1}`] : []));
    }),
};

const anyAddress = /https?:\/\//;
const registryAddress =
  /https?:\/\/[^\s"'`)>/]*\b(registry|mirrors?|artifactory|nexus|verdaccio|npmmirror|pypi|crates|goproxy)\b|\bregistry\s*=\s*"?https?:|:_auth(?:Token)|\bregistry\.npmjs\.org|\bfiles\.pythonhosted\.org|\bdeb\.debian\.org|\bproxy\.golang\.org/;

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function isReExport(statement: ts.Statement): statement is ts.ExportDeclaration {
  return ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined;
}
