import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching } from "@codemirror/language";
import { forceLinting, linter, lintGutter } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";

import type { Breach } from "../../lib/breach.ts";
import { jsonErrorOf } from "../../lib/json-error.ts";
import { jsonColours } from "./json-colours.ts";

/** The editor of the data. */
export interface DataEditor {
  /** Shows this text, if it is not what stands there already. */
  show(text: string): void;
  /** Sets the cursor there and the focus on the editor. */
  goTo(position: number): void;
  /** Looks for what is at fault again: what it is checked against has changed. */
  check(): void;
  destroy(): void;
}

/** What the editor tells, and asks. */
export interface EditorPorts {
  /** Hears each text that is typed. */
  readonly changed: (text: string) => void;
  /** Where JSON text breaks the contract. */
  readonly breaches: () => readonly Breach[];
}

/** Puts an editor for JSON into `parent`. */
export function createDataEditor(parent: HTMLElement, text: string, ports: EditorPorts): DataEditor {
  const view = new EditorView({
    parent,
    state: EditorState.create({ doc: text, extensions: extensions(ports) }),
  });
  return {
    show(wanted) {
      const length = view.state.doc.length;
      if (wanted === view.state.doc.toString()) return;
      view.dispatch({ changes: { from: 0, to: length, insert: wanted } });
    },
    goTo(position) {
      const anchor = Math.min(position, view.state.doc.length);
      view.dispatch({ selection: { anchor }, scrollIntoView: true });
      view.focus();
    },
    check: () => forceLinting(view),
    destroy: () => view.destroy(),
  };
}

function extensions({ changed, breaches }: EditorPorts) {
  return [
    lineNumbers(),
    history(),
    drawSelection(),
    bracketMatching(),
    closeBrackets(),
    json(),
    lintGutter(),
    linter((view) => findErrors(view, breaches), { delay: 300 }),
    jsonColours,
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap]),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-labelledby": "data-label", "aria-describedby": "data-problem" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed(update.state.doc.toString());
    }),
    look,
  ];
}

function findErrors(view: EditorView, breaches: EditorPorts["breaches"]) {
  const text = view.state.doc.toString();
  const error = jsonErrorOf(text);
  if (text.trim() === "") return [];
  if (!error)
    return breaches()
      .filter(({ to }) => to <= text.length)
      .map((breach) => ({ ...breach, severity: "error" as const }));
  const to = Math.min(error.position + 1, text.length);
  const from = Math.max(0, Math.min(error.position, to - 1));
  return [{ from, to, severity: "error" as const, message: error.message }];
}

const look = EditorView.theme({
  "&": { fontSize: "13px", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    minHeight: "216px",
    maxHeight: "min(56vh, 640px)",
    fontFamily: "var(--mono)",
    lineHeight: "1.6",
  },
  ".cm-content": { padding: "8px 0", caretColor: "var(--ink)" },
  ".json-key": { color: "var(--json-key)" },
  ".json-string": { color: "var(--json-string)" },
  ".json-number": { color: "var(--json-number)" },
  ".json-word": { color: "var(--json-word)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": {
    backgroundColor: "transparent",
    color: "var(--ink-faint)",
    border: "none",
  },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--accent-soft)",
  },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--raised)",
    outline: "1px solid var(--rule-strong)",
  },
  ".cm-tooltip": {
    border: "1px solid var(--rule)",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--panel)",
    color: "var(--ink)",
  },
  ".cm-diagnostic-error": { borderLeftColor: "var(--red)" },
});
