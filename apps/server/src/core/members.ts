import type { Member } from "./member.ts";

/** A set of members. Most rooms have one: that one is held without a set around it, which is one cold object less on the way to it. */
export class Members {
  #sole: Member | undefined;
  #several: Set<Member> | undefined;

  /** The only one; undefined where there are none, or several. */
  get sole(): Member | undefined {
    return this.#sole;
  }

  get size(): number {
    return this.#sole !== undefined ? 1 : (this.#several?.size ?? 0);
  }

  has(member: Member): boolean {
    return this.#sole === member || this.#several?.has(member) === true;
  }

  add(member: Member): void {
    if (this.#sole === member) return;
    if (this.#several !== undefined) this.#several.add(member);
    else if (this.#sole === undefined) this.#sole = member;
    else {
      this.#several = new Set([this.#sole, member]);
      this.#sole = undefined;
    }
  }

  delete(member: Member): void {
    if (this.#sole === member) this.#sole = undefined;
    this.#several?.delete(member);
    if (this.#several?.size === 0) this.#several = undefined;
  }

  [Symbol.iterator](): Iterator<Member> {
    if (this.#several !== undefined) return this.#several.values();
    return (this.#sole === undefined ? [] : [this.#sole]).values();
  }
}
