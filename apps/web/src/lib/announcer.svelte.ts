const pauseMs = 3_000;

/** Says things to those who listen to the page, in a polite live region: the newest, and not more often than every 3 s. */
export class Announcer {
  text = $state.raw("");
  #next = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    this.#next = text;
    if (this.#timer !== undefined) return;
    this.#speak();
  }

  #speak(): void {
    this.text = this.#next;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#next !== this.text) this.#speak();
    }, pauseMs);
  }
}
