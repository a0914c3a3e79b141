import type { Clock } from "./clock.ts";
import type { Peers } from "./peers.ts";

/**
 * Of the nodes that stand for a duty, the one that has stood for it longest: it does what is to be done once for all of them. Where it is
 * lost, the next one does. While nodes are parted, each part has one of its own.
 */
export class Eldest {
  readonly #duty: string;
  readonly #peers: Peers;
  readonly #clock: Clock;
  /** Since when each node stands for it, in ms since 1970. */
  readonly #since = new Map<string, number>();
  readonly #listeners: (() => void)[] = [];

  /** @param duty what nodes call it among themselves */
  constructor(duty: string, peers: Peers, clock: Clock) {
    this.#duty = duty;
    this.#peers = peers;
    this.#clock = clock;
    peers.hear(duty, (since: number, from) => this.#stands(from, since));
    peers.watch({
      found: (node) => this.#tell(node),
      lost: (node) => {
        if (this.#since.delete(node)) this.#changed();
      },
    });
  }

  /** Whether it is this node. */
  get isHere(): boolean {
    const here = this.#since.get(this.#peers.self);
    if (here === undefined) return false;
    for (const [node, since] of this.#since)
      if (since < here || (since === here && node < this.#peers.self)) return false;
    return true;
  }

  /** This node can do it from now on. */
  stand(): void {
    this.#stands(this.#peers.self, this.#clock.now());
    this.#tell();
  }

  /** Hears whenever it may be another. */
  watch(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #stands(node: string, since: number): void {
    this.#since.set(node, since);
    this.#changed();
  }

  #tell(only?: string): void {
    const since = this.#since.get(this.#peers.self);
    if (since !== undefined) this.#peers.tell(this.#duty, since, only);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
