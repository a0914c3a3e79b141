import type { InvokePolicy } from "./calls.ts";
import type { Clock } from "./clock.ts";
import type { Member } from "./member.ts";
import type { Registration, Watchers } from "./watchers.ts";

interface Kept extends Registration {
  readonly callees: Set<Member>;
}

/** The procedures that sessions of this node answer. */
export class Registrations {
  readonly #clock: Clock;
  readonly #watchers: Watchers;
  readonly #registrations = new Map<string, Kept>();

  constructor(clock: Clock, watchers: Watchers) {
    this.#clock = clock;
    this.#watchers = watchers;
  }

  get size(): number {
    return this.#registrations.size;
  }

  [Symbol.iterator](): Iterator<Registration> {
    return this.#registrations.values();
  }

  get(procedure: string): Registration | undefined {
    return this.#registrations.get(procedure);
  }

  add(procedure: string, policy: InvokePolicy, callee: Member): void {
    const known = this.#registrations.get(procedure);
    const kept = known ?? { procedure, policy, since: this.#clock.now(), callees: new Set() };
    kept.callees.add(callee);
    if (known === undefined) this.#registrations.set(procedure, kept);
    this.#watchers.tell("registered", kept, callee, known === undefined);
  }

  remove(procedure: string, callee: Member): void {
    const kept = this.#registrations.get(procedure);
    if (kept?.callees.delete(callee) !== true) return;
    const isLast = kept.callees.size === 0;
    if (isLast) this.#registrations.delete(procedure);
    this.#watchers.tell("unregistered", kept, callee, isLast);
  }
}
