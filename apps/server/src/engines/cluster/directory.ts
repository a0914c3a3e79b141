import type { CallHandler, InvokePolicy } from "../../core/calls.ts";

/** Somebody who answers a procedure, on whatever node. */
export interface Registration {
  readonly id: string;
  readonly node: string;
  readonly procedure: string;
  readonly policy: InvokePolicy;
  /** Orders the registrations of all nodes: later ones have higher stamps. */
  readonly stamp: number;
}

/** A registration of this node. */
export interface OwnRegistration extends Registration {
  readonly handler: CallHandler;
  /** Whether all other nodes have agreed. */
  isAgreed: boolean;
}

/** Who answers which procedure, on all nodes. */
export class Directory {
  readonly #procedures = new Map<string, Map<string, Registration>>();
  readonly #turns = new Map<string, number>();
  #stamp = 0;

  /** A stamp after all that were seen. */
  nextStamp(): number {
    return (this.#stamp += 1);
  }

  add(registration: Registration): void {
    const { procedure, id, stamp } = registration;
    this.#stamp = Math.max(this.#stamp, stamp);
    const known = this.#procedures.get(procedure) ?? new Map<string, Registration>();
    this.#procedures.set(procedure, known.set(id, registration));
  }

  remove(procedure: string, id: string): void {
    const known = this.#procedures.get(procedure);
    known?.delete(id);
    if (known?.size !== 0) return;
    this.#procedures.delete(procedure);
    this.#turns.delete(procedure);
  }

  /** Forgets what the node has registered. */
  forget(node: string): void {
    for (const registration of this.of(node)) this.remove(registration.procedure, registration.id);
  }

  /** What the node has registered. */
  of(node: string): Registration[] {
    return [...this.#procedures.values()].flatMap((known) =>
      [...known.values()].filter((registration) => registration.node === node),
    );
  }

  /** All who answer the procedure. */
  all(procedure: string): Registration[] {
    return [...(this.#procedures.get(procedure)?.values() ?? [])];
  }

  /** The one who answers the next call, as their policy says. */
  pick(procedure: string): Registration | undefined {
    const inOrder = this.all(procedure).filter(isCallable).toSorted(byAge);
    const [oldest] = inOrder;
    switch (oldest?.policy) {
      case undefined:
      case "single":
      case "first":
        return oldest;
      case "last":
        return inOrder.at(-1);
      case "random":
        return inOrder[Math.floor(Math.random() * inOrder.length)];
      case "roundrobin": {
        const turn = this.#turns.get(procedure) ?? 0;
        this.#turns.set(procedure, turn + 1);
        return inOrder[turn % inOrder.length];
      }
    }
  }
}

/** Whether the two cannot both stand. */
export function excludes(one: Registration, other: Registration): boolean {
  return one.policy === "single" || one.policy !== other.policy;
}

/** Which was first; where two nodes were equally early, all nodes see the same one first. */
export function byAge(one: Registration, other: Registration): number {
  return one.stamp - other.stamp || (one.id < other.id ? -1 : 1);
}

function isCallable(registration: Registration): boolean {
  return (registration as Partial<OwnRegistration>).isAgreed !== false;
}
