/** How many pass in one turn of the event loop. */
const perTurn = 16;

/** Lets a crowd in a few at a time, so that those who are inside are served in between. */
export class Turnstile {
  #passed = 0;
  readonly #waiting: (() => void)[] = [];

  /** Resolves when it is one's turn; undefined where one may pass at once. */
  pass(): Promise<void> | undefined {
    if (this.#passed === 0) setImmediate(this.#turn);
    this.#passed += 1;
    if (this.#passed <= perTurn) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  readonly #turn = (): void => {
    const next = this.#waiting.splice(0, perTurn);
    this.#passed = next.length + this.#waiting.length;
    if (this.#passed > 0) setImmediate(this.#turn);
    for (const pass of next) pass();
  };
}
