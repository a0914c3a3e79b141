/** JSON that is sent as it stands. Made by `jsonText`. */
export class JsonText {
  readonly text: string;

  /** @param text is believed to be JSON: `jsonText` looks. */
  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/**
 * Data handed over as JSON text, which travels unchanged: large integers, the order of keys and white space survive.
 * @throws SyntaxError where the text is no JSON.
 */
export function jsonText(text: string): JsonText {
  JSON.parse(text);
  return new JsonText(text);
}
