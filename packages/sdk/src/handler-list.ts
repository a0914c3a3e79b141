/** The handlers of one kind. One that throws, or rejects, is reported and does not stop the others. */
export class HandlerList<Value> {
  readonly #report: (error: unknown) => void;
  #handlers: readonly ((value: Value) => unknown)[];

  constructor(first: ((value: Value) => unknown) | undefined, report: (error: unknown) => void) {
    this.#handlers = first === undefined ? [] : [first];
    this.#report = report;
  }

  get isEmpty(): boolean {
    return this.#handlers.length === 0;
  }

  /** Adds a handler, which hears what is called from the next time on. The result removes it. */
  add(handler: (value: Value) => unknown): () => void {
    const own = (value: Value) => handler(value);
    this.#handlers = [...this.#handlers, own];
    return () => {
      this.#handlers = this.#handlers.filter((other) => other !== own);
    };
  }

  /**
   * Calls each handler, in the order they were added, while `wanted` says so.
   * @param handled called for each one that has done its work: at once, or when its promise resolves.
   */
  call(value: Value, wanted: () => boolean, handled?: () => void): void {
    for (const handler of this.#handlers) {
      if (!wanted()) return;
      callContained(handler, value, this.#report, handled);
    }
  }
}

/** Calls the handler; what it throws, or rejects with, is reported. @param handled called when it has done its work */
export function callContained<Value>(
  handler: (value: Value) => unknown,
  value: Value,
  report: (error: unknown) => void,
  handled?: () => void,
): void {
  try {
    const result = handler(value);
    if (isPromise(result)) result.then(handled, report);
    else handled?.();
  } catch (error) {
    report(error);
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
