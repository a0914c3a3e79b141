import ts from "typescript";

import { isScript, linesOf, parse, placeOf, walk } from "./syntax.ts";
import { isCode, isGenerated, isTest, type Rule, type Source } from "./tree.ts";

const functionLinesMax = 70;

/** A function fits a screen. */
export const functionsAreShort: Rule = {
  name: `functions have at most ${functionLinesMax} lines, outside of tests`,
  violations: (tree) =>
    tree.filter(isWritten).flatMap((source) => {
      const found: string[] = [];
      walk(parse(source), (node) => {
        if (!ts.isFunctionLike(node) || !("body" in node) || !node.body) return;
        const lines = linesOf(node);
        if (lines > functionLinesMax)
          found.push(`${placeOf(node)} has ${lines} lines, ${functionLinesMax} at most`);
      });
      return found;
    }),
};

/** What is to be done stands in the tracker. */
export const nothingIsLeftToDo: Rule = {
  name: "no notes of work to be done",
  violations: (tree) => linesMatching(tree.filter(isCode), /\b(TO(?:DO)|FIX(?:ME)|XX(?:X))\b/),
};

/** The history keeps what was. */
export const noCodeInComments: Rule = {
  name: "no commented-out code",
  violations: (tree) =>
    linesMatching(
      tree.filter((source) => isScript(source) && !isGenerated(source)),
      codeInComment,
    ),
};

const codeInComment =
  /^\s*\/\/\s*((import|export|const|let|var|return|await|throw|if|for|while|switch|else)\b.*[;{]|[\w.#]+\(.*\);|[\w.#[\]]+\s*=\s.*;|\}\)?[;,]?)$/;

/** `IThing`, `AbstractThing`, `ThingImpl` and `ThingManager` say nothing of the thing. */
export const namesSayWhat: Rule = {
  name: "no I…, Abstract…, …Impl or …Manager",
  violations: (tree) =>
    tree.filter(isWritten).flatMap((source) => {
      const found: string[] = [];
      walk(parse(source), (node) => {
        if (
          !ts.isClassDeclaration(node) &&
          !ts.isInterfaceDeclaration(node) &&
          !ts.isTypeAliasDeclaration(node)
        )
          return;
        const name = node.name?.text ?? "";
        if (/^I[A-Z][a-z]|^Abstract[A-Z]|(Impl|Manager)$/.test(name)) found.push(`${placeOf(node)} ${name}`);
      });
      return found;
    }),
};

/** Importing a file changes nothing; only an entry acts. */
export const onlyMainRuns: Rule = {
  name: "only main.ts runs on import",
  violations: (tree) =>
    tree
      .filter(
        (source) =>
          isWritten(source) && /^(packages|apps)\/[^/]+\/src\/.*(?<!(^|\/)main)\.ts$/.test(source.path),
      )
      .flatMap((source) =>
        parse(source)
          .statements.filter(acts)
          .map((statement) => `${placeOf(statement)} runs on import`),
      ),
};

/** What a package offers is a promise, and it is written down. */
export const exportsAreDocumented: Rule = {
  name: "each export of protocol and sdk has a docstring",
  violations: (tree) =>
    tree
      .filter((source) => isWritten(source) && /^packages\/(protocol|sdk)\/src\//.test(source.path))
      .flatMap(undocumentedExports),
};

function undocumentedExports(source: Source): string[] {
  const { statements } = parse(source);
  const listed = new Set(statements.flatMap(namesListed));
  const places = new Map<string, string>();
  const documented = new Set<string>();
  for (const statement of statements) {
    for (const name of namesDeclared(statement)) {
      if (!isExported(statement) && !listed.has(name)) continue;
      if (!places.has(name)) places.set(name, placeOf(statement));
      if (hasDocstring(statement)) documented.add(name);
    }
  }
  return [...places].flatMap(([name, place]) =>
    documented.has(name) ? [] : [`${place} ${name} has no docstring`],
  );
}

/** The names in `export { a, b }`. */
function namesListed(statement: ts.Statement): string[] {
  if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier || !statement.exportClause) return [];
  if (!ts.isNamedExports(statement.exportClause)) return [];
  return statement.exportClause.elements.map((element) => (element.propertyName ?? element.name).text);
}

function namesDeclared(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map((one) => one.name.getText());
  if (ts.isExportAssignment(statement)) return ["default"];
  const named =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement);
  return named ? [statement.name?.text ?? "default"] : [];
}

function isExported(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return true;
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function hasDocstring(statement: ts.Statement): boolean {
  const text = statement.getSourceFile().text;
  const comments = ts.getLeadingCommentRanges(text, statement.getFullStart()) ?? [];
  return comments.some(({ pos, end }) => /^\/\*\*[\s*]*[^\s*/]/.test(text.slice(pos, end)));
}

function acts(statement: ts.Statement): boolean {
  if (ts.isExpressionStatement(statement)) return !ts.isStringLiteral(statement.expression);
  return (
    ts.isIfStatement(statement) ||
    ts.isIterationStatement(statement, false) ||
    ts.isTryStatement(statement) ||
    ts.isThrowStatement(statement) ||
    ts.isSwitchStatement(statement) ||
    ts.isBlock(statement)
  );
}

function isWritten(source: Source): boolean {
  return isScript(source) && !isTest(source) && !isGenerated(source);
}

function linesMatching(tree: readonly Source[], pattern: RegExp): string[] {
  return tree.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
  );
}
