import { partsOf, sealed } from "./envelope.ts";
import type { Wire } from "./wire.ts";

/** What this node sends, numbered for each who hears it. */
export class Post {
  readonly #self: string;
  readonly #wire: Wire;
  readonly #sent = new Map<string, number>();
  #sentToAll = 0;

  constructor(self: string, wire: Wire) {
    this.#self = self;
    this.#wire = wire;
  }

  /** How many texts were sent to each node alone. */
  get sent(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#sent);
  }

  send(message: string, only: string | undefined): void {
    const parts = partsOf(message, this.#wire.textBytesMax);
    for (const [i, part] of parts.entries()) {
      const number = this.#nextNumber(only);
      const hasMore = i < parts.length - 1;
      this.#wire.send(
        sealed({ from: this.#self, isForAll: only === undefined, number, hasMore, part }),
        only,
      );
    }
  }

  /** Nothing will be sent to the node any more. */
  forget(node: string): void {
    this.#sent.delete(node);
  }

  #nextNumber(only: string | undefined): number {
    if (only === undefined) return (this.#sentToAll += 1);
    const number = (this.#sent.get(only) ?? 0) + 1;
    this.#sent.set(only, number);
    return number;
  }
}
