/** An event of a topic. */
export interface Stored {
  readonly epoch: number;
  readonly offset: number;
  /** Whether the client may hear it. */
  readonly visible: boolean;
}

/** What a client asks of a topic's history. */
export interface Wanted {
  readonly since?: { readonly epoch: string; readonly offset: number };
  readonly last?: number;
}

/** A topic of the model server: all that was ever published, and what its history still holds. */
export class ModelTopic {
  epoch = 1;
  newest = 0;
  /** Everything that was ever published, over all epochs. */
  readonly all: Stored[] = [];
  #history: Stored[] = [];
  /** What was forgotten of this epoch, up to this offset. */
  #forgotten = 0;

  publish(skip: number, visible: boolean): Stored {
    this.newest += 1 + skip;
    const event = { epoch: this.epoch, offset: this.newest, visible };
    this.all.push(event);
    this.#history.push(event);
    return event;
  }

  /** The history loses its older half. */
  forget(): void {
    const lost = this.#history.splice(0, Math.ceil(this.#history.length / 2)).at(-1);
    this.#forgotten = lost?.offset ?? this.#forgotten;
  }

  /** The history is lost. */
  wipe(): void {
    this.epoch += 1;
    this.newest = 0;
    this.#history = [];
    this.#forgotten = 0;
  }

  /** What is left of what is asked for, and whether that is all that came since (undefined where that is not asked for). */
  read({ since, last }: Wanted): { readonly whole: boolean | undefined; readonly missed: readonly Stored[] } {
    if (last !== undefined) return { whole: undefined, missed: this.#history.slice(-last) };
    if (since === undefined) return { whole: undefined, missed: [] };
    const isOfNow = since.epoch === `e${this.epoch}`;
    const from = isOfNow ? since.offset : -1;
    return {
      whole: isOfNow && since.offset >= this.#forgotten,
      missed: this.#history.filter(({ offset }) => offset > from),
    };
  }
}
