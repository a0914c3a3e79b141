/** One question for all who ask it at the same time: whatever answer they get was asked for after they came. */
export class Shared<Answer> {
  readonly #ask: () => Promise<Answer>;
  #running: Promise<Answer> | undefined;
  #next: Promise<Answer> | undefined;

  constructor(ask: () => Promise<Answer>) {
    this.#ask = ask;
  }

  get(): Promise<Answer> {
    if (this.#running === undefined) return this.#start();
    const goOn = () => {
      this.#next = undefined;
      return this.#start();
    };
    this.#next ??= this.#running.then(goOn, goOn);
    return this.#next;
  }

  #start(): Promise<Answer> {
    const running = this.#ask();
    this.#running = running;
    const end = () => {
      if (this.#running === running) this.#running = undefined;
    };
    running.then(end, end);
    return running;
  }
}
