/** What a key does; a chord is its keys with a space between, such as `g r`. */
export type Shortcuts = Readonly<Record<string, (event: KeyboardEvent) => void>>;

const chordMs = 1_200;

/** Turns key presses into the shortcuts they mean; presses while one types, or with a modifier, mean none. */
export class Keyboard {
  isOn = true;
  readonly #layers: Shortcuts[] = [];
  readonly #now: () => number;
  #first = "";
  #firstAt = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** The shortcuts hold, before those bound earlier, until the returned function is called. */
  bind(shortcuts: Shortcuts): () => void {
    this.#layers.unshift(shortcuts);
    return () => {
      this.#layers.splice(this.#layers.indexOf(shortcuts), 1);
    };
  }

  press(event: KeyboardEvent): void {
    if (!this.isOn || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.isComposing || isTyping(event.target)) return;
    const chord =
      this.#now() - this.#firstAt < chordMs ? this.#find(`${this.#first} ${event.key}`) : undefined;
    const act = chord ?? this.#find(event.key);
    this.#first = chord ? "" : event.key;
    this.#firstAt = this.#now();
    if (!act) return;
    event.preventDefault();
    act(event);
  }

  #find(keys: string): ((event: KeyboardEvent) => void) | undefined {
    return this.#layers.find((layer) => layer[keys])?.[keys];
  }
}

/** Whether the press goes into a field, or into a dialog, which has keys of its own. */
function isTyping(target: EventTarget | null): boolean {
  if (typeof Element === "undefined" || !(target instanceof Element)) return false;
  return target.closest("input, textarea, select, [contenteditable], dialog") !== null;
}
