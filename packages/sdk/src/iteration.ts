import type { Arrival, Event } from "./event.ts";
import { SwitchboardError } from "./switchboard-error.ts";

/** How many events wait for a slow loop before its iteration throws `limit_exceeded`. */
export const bufferedEventsMax = 10_000;

interface Buffered {
  readonly arrival: Arrival;
  readonly event: Event;
}

interface Waiter {
  resolve(result: IteratorResult<Event, undefined>): void;
  reject(error: unknown): void;
}

type Ending = { readonly kind: "done" } | { readonly kind: "failed"; readonly error: SwitchboardError };

const done = { done: true, value: undefined } as const;

/** One `for await` over a subscription. An event counts as handled when the loop asks for the next one. */
export class Iteration implements AsyncIterableIterator<Event, undefined> {
  readonly #moved: () => void;
  readonly #waiters: Waiter[] = [];
  #buffer: Buffered[] = [];
  #head = 0;
  #inHand: Buffered | undefined;
  #ending: Ending | undefined;
  #over = false;

  /** @param moved called when an event was handled, and at the end. */
  constructor(moved: () => void) {
    this.#moved = moved;
  }

  /** The offset of the oldest event that the loop has not handled; undefined where it has handled all. */
  get oldest(): number | undefined {
    return (this.#inHand ?? this.#buffer[this.#head])?.event.offset;
  }

  /** Whether the loop has been left, or has seen the end. */
  get over(): boolean {
    return this.#over;
  }

  /** An event for the loop. */
  push(arrival: Arrival, event: Event): void {
    if (this.#ending !== undefined) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) waiter.resolve(this.#hand({ arrival, event }));
    else if (this.#buffer.length - this.#head < bufferedEventsMax) this.#buffer.push({ arrival, event });
    else this.fail(new SwitchboardError("limit_exceeded", `the loop is ${bufferedEventsMax} events behind`));
  }

  /** The loop ends once it has taken what was held for it. */
  end(): void {
    this.#close({ kind: "done" });
  }

  /** The loop throws once it has taken what was held for it. */
  fail(error: SwitchboardError): void {
    this.#close({ kind: "failed", error });
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    this.#letGo();
    const buffered = this.#shift();
    if (buffered !== undefined) return Promise.resolve(this.#hand(buffered));
    if (this.#ending === undefined)
      return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
    const ending = this.#ending;
    this.#ending = { kind: "done" };
    this.#finish();
    return ending.kind === "done" ? Promise.resolve(done) : Promise.reject(ending.error);
  }

  /** The loop was left: what was held for it is dropped. */
  return(): Promise<IteratorResult<Event, undefined>> {
    this.#letGo();
    this.#buffer = [];
    this.#head = 0;
    this.end();
    this.#finish();
    return Promise.resolve(done);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #hand(buffered: Buffered): IteratorResult<Event, undefined> {
    this.#inHand = buffered;
    return { done: false, value: buffered.event };
  }

  #letGo(): void {
    if (this.#inHand === undefined) return;
    this.#inHand.arrival.handled();
    this.#inHand = undefined;
    this.#moved();
  }

  #shift(): Buffered | undefined {
    const buffered = this.#buffer[this.#head];
    if (buffered === undefined) return undefined;
    this.#head += 1;
    if (this.#head * 2 < this.#buffer.length) return buffered;
    this.#buffer = this.#buffer.slice(this.#head);
    this.#head = 0;
    return buffered;
  }

  #close(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    if (this.#waiters.length === 0) return;
    const [first, ...rest] = this.#waiters.splice(0);
    if (ending.kind === "failed") first?.reject(ending.error);
    else first?.resolve(done);
    for (const waiter of rest) waiter.resolve(done);
    this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#moved();
  }
}
