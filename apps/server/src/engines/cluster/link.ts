import type { Envelope } from "./envelope.ts";

/** What has come from one other node. Its texts are numbered, so that one that is missing is noticed. */
export class Link {
  /** When something came last, in ms since 1970. */
  heardAt: number;
  /** Whether it was told anything since it was found: it must have known this node by then. */
  wasTold = false;
  #toAll: number;
  #toMe: number;
  #parts = "";

  /** @param toAll how many texts it has sent to all so far, and how many to this node (`toMe`) */
  constructor(heardAt: number, toAll: number, toMe: number) {
    this.heardAt = heardAt;
    this.#toAll = toAll;
    this.#toMe = toMe;
  }

  /** Whether nothing is missing before the text, which is thereby taken. */
  follows({ isForAll, number }: Envelope): boolean {
    return number === (isForAll ? (this.#toAll += 1) : (this.#toMe += 1));
  }

  /** The message, where it is whole with this part. */
  whole({ hasMore, part }: Envelope): string | undefined {
    this.#parts += part;
    if (hasMore) return undefined;
    const message = this.#parts;
    this.#parts = "";
    return message;
  }

  /** Whether all that it has sent to this node has come. */
  hasAll(toMe: number): boolean {
    return toMe === this.#toMe;
  }
}
