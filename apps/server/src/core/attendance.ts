import type { Clock } from "./clock.ts";
import type { Turn } from "./turn.ts";

/** Who came to a place, and who left. */
export interface Change<Who> {
  readonly joined: readonly Who[];
  readonly left: readonly Who[];
}

/** Hears who comes and goes. */
export type ChangeListener<Who> = (change: Change<Who>) => void;

/** How long it takes until others are told that somebody is away, in ms. */
interface Grace {
  /** Where they have left. */
  readonly leftMs: number;
  /** Where their node was lost, or sent them to another. */
  readonly lostMs: number;
}

/** What an attendance is made of. */
export interface AttendanceParts<Who> {
  readonly clock: Clock;
  /** Where changes are told: what changes in one turn is told at once. */
  readonly turn: Pick<Turn, "atEnd">;
  readonly grace: Grace;
  /** Who is the same. */
  readonly keyOf: (who: Who) => string;
}

interface Present<Who> {
  readonly who: Who;
  /** The nodes on which it is: several where it moves, or is in several places at once. */
  readonly nodes: Set<string>;
  /** It has left, but may come back before anybody is told. */
  stopLeaving: (() => void) | undefined;
}

interface Watcher<Who> {
  readonly listener: ChangeListener<Who>;
  /** Whether it was told who is there. */
  isTold: boolean;
}

/**
 * Who is at one place, on whatever nodes, and who wants to know. Whoever leaves and comes back within the grace period has not been away;
 * what changes in one turn is told at once.
 */
export class Attendance<Who> {
  readonly #parts: AttendanceParts<Who>;
  readonly #present = new Map<string, Present<Who>>();
  readonly #watchers = new Map<object, Watcher<Who>>();
  #isGathered = false;
  /** What the watchers are told at the end of the turn: whoever is in one of them is not in the other. */
  readonly #joined = new Map<string, Who>();
  readonly #left = new Map<string, Who>();

  constructor(parts: AttendanceParts<Who>) {
    this.#parts = parts;
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  /** Tells the watcher who is there, once that is known, then who comes and goes. */
  watch(watcher: object, listener: ChangeListener<Who>): void {
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
    const key = this.#parts.keyOf(who);
    const known = this.#present.get(key);
    if (known !== undefined) {
      known.nodes.add(node);
      known.stopLeaving?.();
      known.stopLeaving = undefined;
      return;
    }
    this.#present.set(key, { who, nodes: new Set([node]), stopLeaving: undefined });
    this.#note(key, who, this.#joined, this.#left);
  }

  depart(key: string, node: string, graceMs = this.#parts.grace.leftMs): void {
    const present = this.#present.get(key);
    if (present === undefined || !present.nodes.delete(node) || present.nodes.size > 0) return;
    const gone = () => {
      this.#present.delete(key);
      this.#note(key, present.who, this.#left, this.#joined);
    };
    if (graceMs === 0) gone();
    else present.stopLeaving = this.#parts.clock.after(graceMs, gone);
  }

  /** On the node there are these, and no others. */
  settle(node: string, here: Iterable<Who>): void {
    const keys = new Set<string>();
    for (const who of here) {
      keys.add(this.#parts.keyOf(who));
      this.arrive(who, node);
    }
    for (const [key, { nodes }] of this.#present)
      if (nodes.has(node) && !keys.has(key)) this.depart(key, node);
  }

  /** The node is gone, and with it who was there. */
  lose(node: string): void {
    for (const key of this.#present.keys()) this.depart(key, node, this.#parts.grace.lostMs);
  }

  /** Nobody watches any longer. */
  end(): void {
    for (const { stopLeaving } of this.#present.values()) stopLeaving?.();
  }

  #welcome(watchers: readonly Watcher<Who>[]): void {
    // What the others are still to be told is part of what these are told now.
    this.run();
    const joined = [...this.#present.values()].map(({ who }) => who);
    for (const watcher of watchers) {
      watcher.isTold = true;
      watcher.listener({ joined, left: [] });
    }
  }

  /** What is undone in the same turn is not told. */
  #note(key: string, who: Who, changed: Map<string, Who>, undone: Map<string, Who>): void {
    if (undone.delete(key)) return;
    changed.set(key, who);
    if (this.#joined.size + this.#left.size === 1) this.#parts.turn.atEnd(this);
  }

  /** Tells what has changed. */
  run(): void {
    const change = { joined: [...this.#joined.values()], left: [...this.#left.values()] };
    if (change.joined.length + change.left.length === 0) return;
    this.#joined.clear();
    this.#left.clear();
    for (const { listener, isTold } of this.#watchers.values()) if (isTold) listener(change);
  }
}
