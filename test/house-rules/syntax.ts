import ts from "typescript";

import type { Source } from "./tree.ts";

/** Whether a file holds script that can be parsed. */
export function isScript({ path }: Source): boolean {
  return /\.(ts|mjs|js|svelte)$/.test(path);
}

const parsed = new WeakMap<Source, ts.SourceFile>();

/** The syntax tree of a script, or of the script blocks of a component; lines are numbered as in the file. */
export function parse(source: Source): ts.SourceFile {
  const known = parsed.get(source);
  if (known) return known;
  const text = source.path.endsWith(".svelte") ? scriptBlocks(source.text) : source.text;
  const kind = /\.m?js$/.test(source.path) ? ts.ScriptKind.JS : ts.ScriptKind.TS;
  const file = ts.createSourceFile(source.path, text, ts.ScriptTarget.ESNext, true, kind);
  parsed.set(source, file);
  return file;
}

/** Visits a node and all that is below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** `path:line` of a node, as editors and terminals open it. */
export function placeOf(node: ts.Node): string {
  const file = node.getSourceFile();
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`;
}

/** How many lines a node takes, its comments not counted. */
export function linesOf(node: ts.Node): number {
  const file = node.getSourceFile();
  const line = (position: number) => file.getLineAndCharacterOfPosition(position).line;
  return line(node.end) - line(node.getStart(file)) + 1;
}

/** A component's script blocks, with all else blanked out and its line breaks kept. */
function scriptBlocks(text: string): string {
  const blank = (part: string) => part.replace(/[^\n]/g, " ");
  let end = 0;
  let script = "";
  for (const match of text.matchAll(/(<script\b[^>]*>)([\s\S]*?)<\/script>/g)) {
    const [whole, tag = "", body = ""] = match;
    script += blank(text.slice(end, match.index) + tag) + body;
    end = match.index + whole.length - "</script>".length;
  }
  return script + blank(text.slice(end));
}
