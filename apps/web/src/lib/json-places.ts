import { jsonTokens } from "./json-tokens.ts";

/** Where a value stands in a text, in UTF-16 units from 0; `to` is where it has ended. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

interface Open {
  readonly pointer: string;
  readonly from: number;
  readonly isList: boolean;
  index: number;
  key: string;
}

/** Where each value of valid JSON text stands, by its JSON Pointer; the whole is `""`. */
export function jsonPlaces(text: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  const open: Open[] = [];
  const pointerHere = () => {
    const parent = open.at(-1);
    return parent ? `${parent.pointer}/${parent.isList ? parent.index : parent.key}` : "";
  };
  let from = 0;
  for (const token of jsonTokens(text)) {
    const to = from + token.text.length;
    if (token.kind === "key") {
      const parent = open.at(-1);
      if (parent) parent.key = escaped(JSON.parse(token.text) as string);
    } else if (token.text === "{" || token.text === "[")
      open.push({ pointer: pointerHere(), from, isList: token.text === "[", index: 0, key: "" });
    else if (token.text === "}" || token.text === "]") {
      const closed = open.pop();
      if (closed) places.set(closed.pointer, { from: closed.from, to });
    } else if (token.text === ",") {
      const parent = open.at(-1);
      if (parent) parent.index += 1;
    } else if (token.kind !== "mark" && token.kind !== "space") places.set(pointerHere(), { from, to });
    from = to;
  }
  return places;
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
