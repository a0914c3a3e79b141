/** A map. Most have one entry: that one is held without a `Map` around it, which alone takes half a kilobyte. */
export class SmallMap<Key extends {}, Value extends {}> {
  #soleKey: Key | undefined;
  #sole: Value | undefined;
  #several: Map<Key, Value> | undefined;

  get size(): number {
    return this.#soleKey !== undefined ? 1 : (this.#several?.size ?? 0);
  }

  get(key: Key): Value | undefined {
    return this.#soleKey === key ? this.#sole : this.#several?.get(key);
  }

  has(key: Key): boolean {
    return this.#soleKey === key || this.#several?.has(key) === true;
  }

  set(key: Key, value: Value): void {
    if (this.#several !== undefined) this.#several.set(key, value);
    else if (this.#soleKey === undefined || this.#soleKey === key) this.#hold(key, value);
    else {
      this.#several = new Map([
        [this.#soleKey, this.#sole as Value],
        [key, value],
      ]);
      this.#hold(undefined, undefined);
    }
  }

  /** Whether there was one. */
  delete(key: Key): boolean {
    if (this.#soleKey !== key) return this.#several?.delete(key) === true;
    this.#hold(undefined, undefined);
    return true;
  }

  clear(): void {
    this.#several = undefined;
    this.#hold(undefined, undefined);
  }

  /** The values, in the order in which their keys came. */
  values(): IteratorObject<Value> {
    if (this.#several !== undefined) return this.#several.values();
    return (this.#sole === undefined ? [] : [this.#sole]).values();
  }

  #hold(key: Key | undefined, value: Value | undefined): void {
    this.#soleKey = key;
    this.#sole = value;
  }
}
