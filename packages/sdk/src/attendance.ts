import type { Presence, Who } from "./presence.ts";

/** For how long after an outage it is believed of those who are missing that they are on their way back, too: as the server does. */
const absenceMs = 5_000;

/**
 * Who is on one topic. It outlasts outages: the list that comes after one is compared with who was there before, so that whoever is still
 * there has not been away.
 */
export class Attendance {
  readonly #topic: string;
  readonly #tell: (presence: Presence) => void;
  readonly #absenceMs: number;
  readonly #present = new Map<string, Who>();
  readonly #missing = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listIsNext = false;
  #isTold = false;

  /** @param tell hears each change, and each list even where nothing has changed. */
  constructor(topic: string, tell: (presence: Presence) => void, graceMs = absenceMs) {
    this.#topic = topic;
    this.#tell = tell;
    this.#absenceMs = graceMs;
  }

  /** Who is there, with nothing changed. */
  get now(): Presence {
    return this.#told([], []);
  }

  /** Whether the server tells of it, over this connection. */
  get isTold(): boolean {
    return this.#isTold;
  }

  /** What the server tells next is everyone who is there. */
  awaitList(): void {
    this.#isTold = true;
    this.#listIsNext = true;
  }

  /** The connection is gone: nothing is known until the next list. */
  lost(): void {
    this.#isTold = false;
    clearTimeout(this.#timer);
  }

  /** The server tells who is there, or who came and went. */
  receive({ joined, left }: Pick<Presence, "joined" | "left">): void {
    if (this.#listIsNext) this.#missAllBut(joined);
    const newcomers = joined.filter(({ session }) => !this.#present.has(session));
    for (const who of joined) {
      this.#present.set(who.session, who);
      this.#missing.delete(who.session);
    }
    const gone = left.filter(({ session }) => this.#present.delete(session));
    for (const { session } of left) this.#missing.delete(session);
    const isList = this.#listIsNext;
    this.#listIsNext = false;
    if (isList || newcomers.length + gone.length > 0) this.#tell(this.#told(newcomers, gone));
  }

  /** Nobody wants to know any more. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #missAllBut(list: readonly Who[]): void {
    const listed = new Set(list.map(({ session }) => session));
    for (const session of this.#present.keys()) if (!listed.has(session)) this.#missing.add(session);
    clearTimeout(this.#timer);
    if (this.#missing.size > 0) this.#timer = setTimeout(() => this.#giveUp(), this.#absenceMs);
  }

  #giveUp(): void {
    const gone = [...this.#missing].flatMap((session) => this.#present.get(session) ?? []);
    for (const { session } of gone) this.#present.delete(session);
    this.#missing.clear();
    if (gone.length > 0) this.#tell(this.#told([], gone));
  }

  #told(joined: readonly Who[], left: readonly Who[]): Presence {
    const present = [...this.#present.values()];
    const subjects = [...new Set(present.flatMap(({ subject }) => subject ?? []))];
    return { topic: this.#topic, present, subjects, joined, left };
  }
}
