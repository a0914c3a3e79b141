/** A few words at the page's edge, and perhaps a way to take back what they tell. */
export interface Toast {
  readonly text: string;
  readonly undo?: () => void;
}

/** Shows one toast at a time, for a few seconds. */
export class Toaster {
  toast = $state.raw<Toast>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(text: string, undo?: () => void): void {
    clearTimeout(this.#timer);
    this.toast = undo ? { text, undo } : { text };
    this.#timer = setTimeout(() => this.hide(), undo ? 8_000 : 2_500);
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.toast = undefined;
  }
}
