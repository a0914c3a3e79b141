/** What a piece of JSON text is. */
export type JsonTokenKind = "key" | "string" | "number" | "word" | "mark" | "space";

/** A piece of JSON text as it was written; a key is a string that a colon follows. */
export interface JsonToken {
  readonly kind: JsonTokenKind;
  readonly text: string;
}

const piece = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)|([{}[\],:])|(\s+)|([\s\S])/g;

/** Cuts valid JSON text into its pieces without reading any value: numbers keep every digit, keys their order. */
export function jsonTokens(text: string): JsonToken[] {
  const tokens: JsonToken[] = [];
  for (const [whole, string, colon, number, word, mark, space] of text.matchAll(piece)) {
    if (string !== undefined) {
      tokens.push({ kind: colon === undefined ? "string" : "key", text: string });
      if (colon === undefined) continue;
      if (colon.length > 1) tokens.push({ kind: "space", text: colon.slice(0, -1) });
      tokens.push({ kind: "mark", text: ":" });
    } else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (space !== undefined) tokens.push({ kind: "space", text: space });
    else tokens.push({ kind: "mark", text: mark ?? whole });
  }
  return tokens;
}

/** The tokens of the same JSON laid out over lines, two spaces a level; empty objects and lists stay together. */
export function prettyTokens(text: string): JsonToken[] {
  const tokens = jsonTokens(text).filter((token) => token.kind !== "space");
  const laidOut: JsonToken[] = [];
  let depth = 0;
  const newLine = () => laidOut.push({ kind: "space", text: `\n${"  ".repeat(depth)}` });
  for (const [index, token] of tokens.entries()) {
    const opens = token.kind === "mark" && (token.text === "{" || token.text === "[");
    const closes = token.kind === "mark" && (token.text === "}" || token.text === "]");
    const isEmpty = closes && isOpening(tokens[index - 1]);
    if (closes) depth -= 1;
    if (closes && !isEmpty) newLine();
    laidOut.push(token);
    if (opens) depth += 1;
    const next = tokens[index + 1];
    if ((opens && !isClosing(next)) || (token.kind === "mark" && token.text === ",")) newLine();
    else if (token.kind === "mark" && token.text === ":") laidOut.push({ kind: "space", text: " " });
  }
  return laidOut;
}

/** JSON text laid out over lines, with every number, key and escape exactly as it was. */
export function prettyJson(text: string): string {
  return textOf(prettyTokens(text));
}

/** JSON text on one line, without the spaces that mean nothing. */
export function compactJson(text: string): string {
  return textOf(jsonTokens(text).filter((token) => token.kind !== "space"));
}

function textOf(tokens: readonly JsonToken[]): string {
  return tokens.map((token) => token.text).join("");
}

function isOpening(token: JsonToken | undefined): boolean {
  return token?.kind === "mark" && (token.text === "{" || token.text === "[");
}

function isClosing(token: JsonToken | undefined): boolean {
  return token?.kind === "mark" && (token.text === "}" || token.text === "]");
}
