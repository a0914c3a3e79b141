import { RangeSetBuilder, type Text } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";

import { type JsonTokenKind, jsonTokens } from "../../lib/json-tokens.ts";

const colouredMax = 100_000;
const marks: Partial<Record<JsonTokenKind, Decoration>> = {
  key: Decoration.mark({ class: "json-key" }),
  string: Decoration.mark({ class: "json-string" }),
  number: Decoration.mark({ class: "json-number" }),
  word: Decoration.mark({ class: "json-word" }),
};

/** Colours JSON in the editor as it is coloured wherever it is shown. */
export const jsonColours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = coloured(view.state.doc);
    }

    update(update: ViewUpdate) {
      if (update.docChanged) this.decorations = coloured(update.state.doc);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function coloured(document: Text): DecorationSet {
  if (document.length > colouredMax) return Decoration.none;
  const builder = new RangeSetBuilder<Decoration>();
  let from = 0;
  for (const { kind, text } of jsonTokens(document.toString())) {
    const mark = marks[kind];
    if (mark) builder.add(from, from + text.length, mark);
    from += text.length;
  }
  return builder.finish();
}
