const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

const plainText = /^[ !#-[\]-~]*$/;

/** The text as a JSON string, just as `JSON.stringify` spells it; that takes several times as long where nothing needs to be escaped. */
export function stringText(text: string): string {
  return plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}

/**
 * The source text of a member's value in a JSON object, exactly as it was sent (so that large integers and the order of
 * keys survive), or undefined where the object has no such member. A repeated key means its last value, as in `JSON.parse`.
 * @param json text that `JSON.parse` has accepted and that holds an object: nothing is validated here.
 */
export function memberText(json: string, member: string): string | undefined {
  let found: string | undefined;
  let at = skipSpace(json, skipSpace(json, 0) + 1);
  while (json.charCodeAt(at) !== closeBrace) {
    const keyEnd = skipString(json, at);
    const start = skipSpace(json, skipSpace(json, keyEnd) + 1);
    const end = skipValue(json, start);
    if (isKey(json, at, keyEnd, member)) found = json.slice(start, end);
    at = skipSpace(json, end);
    if (json.charCodeAt(at) === comma) at = skipSpace(json, at + 1);
  }
  return found;
}

/**
 * The source texts of an array's elements, in order, each exactly as it was sent.
 * @param json text that `JSON.parse` has accepted and that holds an array: nothing is validated here.
 */
export function elementTexts(json: string): string[] {
  const texts: string[] = [];
  let at = skipSpace(json, skipSpace(json, 0) + 1);
  while (json.charCodeAt(at) !== closeBracket) {
    const end = skipValue(json, at);
    texts.push(json.slice(at, end));
    at = skipSpace(json, end);
    if (json.charCodeAt(at) === comma) at = skipSpace(json, at + 1);
  }
  return texts;
}

/** Escapes only make a key longer: one as long as the member, or shorter, is spelt as it stands or is another. */
function isKey(json: string, start: number, end: number, member: string): boolean {
  const length = end - start - 2;
  if (length < member.length) return false;
  if (length === member.length) return json.startsWith(member, start + 1) && !member.includes("\\");
  const key = json.slice(start, end);
  return key.includes("\\") && JSON.parse(key) === member;
}

function skipSpace(json: string, at: number): number {
  while (json.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

function skipString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(json: string, at: number): boolean {
  let before = at;
  while (json.charCodeAt(before - 1) === backslash) before -= 1;
  return (at - before) % 2 === 1;
}

function skipValue(json: string, start: number): number {
  const first = json.charCodeAt(start);
  if (first === quote) return skipString(json, start);
  if (first === openBrace || first === openBracket) return skipNested(json, start);
  let at = start;
  for (;;) {
    const unit = json.charCodeAt(at);
    if (unit === comma || unit === closeBrace || unit === closeBracket || unit <= 0x20) return at;
    at += 1;
  }
}

function skipNested(json: string, start: number): number {
  let depth = 0;
  let at = start;
  for (;;) {
    const unit = json.charCodeAt(at);
    if (unit === quote) {
      at = skipString(json, at);
      continue;
    }
    at += 1;
    if (unit === openBrace || unit === openBracket) depth += 1;
    else if (unit === closeBrace || unit === closeBracket) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
}
