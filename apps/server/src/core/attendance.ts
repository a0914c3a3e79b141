import type { Clock } from "./clock.ts";
import type { Turn } from "./turn.ts";

/** Somebody on a topic. */
export interface Who {
  readonly session: string;
  readonly subject?: string;
}

/** Who came to a topic, and who left. */
interface PresenceChange {
  readonly joined: readonly Who[];
  readonly left: readonly Who[];
}

/** Hears who comes and goes. */
export type PresenceListener = (change: PresenceChange) => void;

interface Present {
  readonly who: Who;
  /** The nodes on which it is: for a moment two, where it moves. */
  readonly nodes: Set<string>;
  /** It has left, but may come back before anybody is told. */
  stopLeaving: (() => void) | undefined;
}

interface Watcher {
  readonly listener: PresenceListener;
  /** Whether it was told who is there. */
  isTold: boolean;
}

/**
 * Who is on one topic, on whatever nodes, and who wants to know. Whoever leaves and comes back within the grace period has not been away;
 * what changes in one turn is told at once.
 */
export class Attendance {
  readonly #clock: Clock;
  readonly #turn: Turn;
  readonly #graceMs: number;
  readonly #present = new Map<string, Present>();
  readonly #watchers = new Map<object, Watcher>();
  #isGathered = false;
  #joined: Who[] = [];
  #left: Who[] = [];

  constructor(clock: Clock, turn: Turn, graceMs: number) {
    this.#clock = clock;
    this.#turn = turn;
    this.#graceMs = graceMs;
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  /** Tells the watcher who is there, once that is known, then who comes and goes. */
  watch(watcher: object, listener: PresenceListener): void {
    const added = { listener, isTold: false };
    this.#watchers.set(watcher, added);
    if (this.#isGathered) this.#welcome([added]);
  }

  unwatch(watcher: object): void {
    this.#watchers.delete(watcher);
  }

  /** From now on it is known who is there. */
  gathered(): void {
    this.#isGathered = true;
    this.#welcome([...this.#watchers.values()].filter(({ isTold }) => !isTold));
  }

  arrive(who: Who, node: string): void {
    const known = this.#present.get(who.session);
    if (known !== undefined) {
      known.nodes.add(node);
      known.stopLeaving?.();
      known.stopLeaving = undefined;
      return;
    }
    this.#present.set(who.session, { who, nodes: new Set([node]), stopLeaving: undefined });
    this.#note(this.#joined, who);
  }

  depart(session: string, node: string): void {
    const present = this.#present.get(session);
    if (present === undefined || !present.nodes.delete(node) || present.nodes.size > 0) return;
    present.stopLeaving = this.#clock.after(this.#graceMs, () => {
      this.#present.delete(session);
      this.#note(this.#left, present.who);
    });
  }

  /** On the node there are these, and no others. */
  settle(node: string, here: Iterable<Who>): void {
    const sessions = new Set<string>();
    for (const who of here) {
      sessions.add(who.session);
      this.arrive(who, node);
    }
    for (const [session, { nodes }] of this.#present)
      if (nodes.has(node) && !sessions.has(session)) this.depart(session, node);
  }

  /** Nobody watches any longer. */
  end(): void {
    for (const { stopLeaving } of this.#present.values()) stopLeaving?.();
  }

  #welcome(watchers: readonly Watcher[]): void {
    // What the others are still to be told is part of what these are told now.
    this.run();
    const joined = [...this.#present.values()].map(({ who }) => who);
    for (const watcher of watchers) {
      watcher.isTold = true;
      watcher.listener({ joined, left: [] });
    }
  }

  #note(list: Who[], who: Who): void {
    if (this.#joined.length + this.#left.length === 0) this.#turn.atEnd(this);
    list.push(who);
  }

  /** Tells what has changed. */
  run(): void {
    const change = { joined: this.#joined, left: this.#left };
    if (change.joined.length + change.left.length === 0) return;
    this.#joined = [];
    this.#left = [];
    for (const { listener, isTold } of this.#watchers.values()) if (isTold) listener(change);
  }
}
