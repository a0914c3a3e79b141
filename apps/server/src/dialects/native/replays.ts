import { Close } from "../../core/errors.ts";
import type { Joined } from "../../core/joining.ts";

/** The histories on their way to one client: what is said `after` them tells it where they end. */
export class Replays {
  readonly #waitingMax: number;
  readonly #underWay = new Set<Promise<void>>();
  #waiting = 0;

  /** @param waitingMax how much may wait to be said */
  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax;
  }

  /** Sends what follows the join. */
  start(joined: Joined): void {
    const sent = new Promise<void>((resolve) => joined.start(resolve));
    this.#underWay.add(sent);
    void sent.then(() => this.#underWay.delete(sent));
  }

  /** Says it once every history that is on its way has been sent, or never will be. @throws Close where too much waits already */
  after(say: () => void): void {
    if (this.#underWay.size === 0) return say();
    if (this.#waiting >= this.#waitingMax)
      throw new Close("rateLimited", `more than ${this.#waitingMax} frames wait`);
    this.#waiting += 1;
    void Promise.all(this.#underWay).then(() => {
      this.#waiting -= 1;
      say();
    });
  }
}
