import type { InvokePolicy } from "./calls.ts";
import type { Member } from "./member.ts";
import type { Subscription } from "./subscription.ts";

/** What is told of a room. */
export interface WatchedRoom extends Subscription {
  readonly room: { readonly number: number; readonly size: number; [Symbol.iterator](): Iterator<Member> };
  /** When somebody on this node first subscribed, in ms since 1970. */
  readonly since: number;
}

/** What is told of a procedure that sessions of this node answer. */
export interface Registration {
  readonly procedure: string;
  readonly policy: InvokePolicy;
  /** When the first of them registered it, in ms since 1970. */
  readonly since: number;
  readonly callees: ReadonlySet<Member>;
}

/** Hears what happens on this node, at once; each says only what it wants to hear. */
export interface Watcher {
  /** A client was welcomed. */
  readonly joined?: (session: Member) => void;
  /** One that was welcomed has gone. */
  readonly left?: (session: Member) => void;
  /** Somebody has subscribed, as the first on this node or not. */
  readonly entered?: (room: WatchedRoom, session: Member, isFirst: boolean) => void;
  readonly exited?: (room: WatchedRoom, session: Member, isLast: boolean) => void;
  /** Somebody has registered a procedure, as the first on this node or not. */
  readonly registered?: (registration: Registration, session: Member, isFirst: boolean) => void;
  readonly unregistered?: (registration: Registration, session: Member, isLast: boolean) => void;
}

/** Those who want to hear what happens on this node. What they throw is reported, and harms nobody. */
export class Watchers {
  readonly #report: (error: unknown) => void;
  readonly #watchers: Watcher[] = [];

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Whether anybody does. */
  get any(): boolean {
    return this.#watchers.length > 0;
  }

  add(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  /** Tells each of them. */
  tell<What extends keyof Watcher>(what: What, ...news: Parameters<NonNullable<Watcher[What]>>): void {
    for (const watcher of this.#watchers) {
      try {
        (watcher[what] as ((...all: typeof news) => void) | undefined)?.(...news);
      } catch (error) {
        this.#report(error);
      }
    }
  }
}
