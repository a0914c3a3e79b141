/** What is opened before it is used: once for all, and once more after a use that failed. */
export class Opening {
  readonly #open: () => Promise<void>;
  #opened: Promise<void> | undefined;

  constructor(open: () => Promise<void>) {
    this.#open = open;
  }

  /** Resolves once it is open; where that failed, whoever asks next tries again. */
  async ready(): Promise<void> {
    const opened = (this.#opened ??= this.#open());
    try {
      await opened;
    } catch (error) {
      if (this.#opened === opened) this.#opened = undefined;
      throw error;
    }
  }

  /** It may be gone: opens it again. */
  again(): Promise<void> {
    this.#opened = undefined;
    return this.ready();
  }

  /** Uses it; where that fails, it may be gone, and whoever comes next opens it again. */
  async use<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.ready();
    try {
      return await work();
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }
}
