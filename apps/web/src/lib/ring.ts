/** The bounds of a ring: it holds up to `slack` more than `max`, then is cut back to `max`, so that cuts are rare. */
export interface RingLimits {
  readonly max: number;
  readonly slack: number;
  /** The most that its items may weigh together. */
  readonly weightMax: number;
}

/** The newest items, at most so many and so heavy. Its list is replaced, never changed. */
export class Ring<T> {
  list: readonly T[] = [];
  #weight = 0;
  readonly #limits: RingLimits;
  readonly #weigh: (item: T) => number;

  constructor(limits: RingLimits, weigh: (item: T) => number) {
    this.#limits = limits;
    this.#weigh = weigh;
  }

  get isFull(): boolean {
    const { max, slack, weightMax } = this.#limits;
    return this.list.length > max + slack || (this.#weight > weightMax && this.list.length > 1);
  }

  add(items: readonly T[]): void {
    this.list = [...this.list, ...items];
    for (const item of items) this.#weight += this.#weigh(item);
  }

  /** Drops the oldest until it is well within its limits; says how many. The newest item always stays. */
  cut(): number {
    const { max, weightMax } = this.#limits;
    let dropped = Math.max(0, this.list.length - max);
    for (const item of this.list.slice(0, dropped)) this.#weight -= this.#weigh(item);
    if (this.#weight > weightMax) {
      for (const item of this.list.slice(dropped, -1)) {
        if (this.#weight <= weightMax * 0.8) break;
        this.#weight -= this.#weigh(item);
        dropped += 1;
      }
    }
    this.list = this.list.slice(dropped);
    return dropped;
  }

  /** Puts items back before all others. */
  restore(items: readonly T[]): void {
    const newer = this.list;
    this.clear();
    this.add([...items, ...newer]);
  }

  clear(): void {
    this.list = [];
    this.#weight = 0;
  }
}

/** The index of the first item whose key is at least `key`; the list's keys ascend. */
export function firstFrom(list: readonly { readonly key: number }[], key: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.key ?? 0) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
