import type { Message } from "./snippets.ts";
import { parseCrmIds } from "./crm-ids.ts";
import { jsonErrorOf } from "./json-error.ts";
import { stored } from "./stored.ts";

interface KeptDraft {
  readonly to: string;
  readonly name: string;
  readonly text: string;
}

const firstText = '{\n  "hello": "world"\n}';
const kept = stored(() => sessionStorage, "switchboard.draft", isKeptDraft);

/** The message that is being written. It outlives a change of page, and a reload of the tab. */
export class Draft {
  to = $state.raw("");
  name = $state.raw("");
  text = $state.raw(firstText);
  readonly typed = $derived(parseCrmIds(this.to));
  readonly error = $derived(jsonErrorOf(this.text));
  readonly message: Message = $derived({
    crmIds: this.typed.crmIds,
    name: this.name.trim(),
    text: this.text,
  });

  constructor() {
    const before = kept.read();
    if (before) this.load(before);
    $effect.root(() => {
      $effect(() => {
        kept.write({ to: this.to, name: this.name, text: this.text });
      });
    });
  }

  /** Puts a message in the place of what was being written. */
  load({ to, name, text }: KeptDraft): void {
    this.to = to;
    this.name = name;
    this.text = text;
  }
}

function isKeptDraft(value: unknown): value is KeptDraft {
  if (typeof value !== "object" || value === null) return false;
  return ["to", "name", "text"].every((key) => typeof (value as Record<string, unknown>)[key] === "string");
}
