/** What was said to whom, and who heard what: is it the same? */
export interface Verdict {
  readonly sent: number;
  readonly received: number;
  /** Followers that were sent something. */
  readonly followers: number;
  /** Sent, and not heard by its follower. */
  readonly missing: number;
  /** Heard by its follower again. */
  readonly duplicates: number;
  /** Heard by somebody else, or never sent. */
  readonly strays: number;
  /** Heard by its follower after one that was sent later. */
  readonly disordered: number;
}

/** Notes each message, and judges at the end. Messages are numbered by their sender, from 0. */
export class Deliveries {
  readonly #followerOf: number[] = [];
  readonly #heard: number[][];
  #received = 0;

  constructor(followers: number) {
    this.#heard = Array.from({ length: followers }, () => []);
  }

  get received(): number {
    return this.#received;
  }

  /** Notes the next message, and returns its number. */
  sent(follower: number): number {
    return this.#followerOf.push(follower) - 1;
  }

  heard(follower: number, message: number): void {
    this.#received += 1;
    this.#heard[follower]?.push(message);
  }

  verdict(): Verdict {
    let [right, duplicates, strays, disordered] = [0, 0, 0, 0];
    for (const [follower, messages] of this.#heard.entries()) {
      const seen = new Set<number>();
      let newest = -1;
      for (const message of messages) {
        if (this.#followerOf[message] !== follower) strays += 1;
        else if (seen.has(message)) duplicates += 1;
        else {
          right += 1;
          if (message < newest) disordered += 1;
        }
        seen.add(message);
        newest = Math.max(newest, message);
      }
    }
    const sent = this.#followerOf.length;
    const followers = new Set(this.#followerOf).size;
    return {
      sent,
      received: this.#received,
      followers,
      missing: sent - right,
      duplicates,
      strays,
      disordered,
    };
  }
}
