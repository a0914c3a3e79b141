import { householdOf } from "./address.ts";
import type { Clock } from "./clock.ts";
import type { Ending } from "./conversation.ts";
import type { Member } from "./member.ts";
import type { Peers } from "./peers.ts";
import type { Watchers } from "./watchers.ts";

/** Signs texts with a key that every node of a cluster shares. */
export interface Signer {
  sign(text: string): string;
  /** Compares in constant time. */
  verify(text: string, signature: string): boolean;
}

/** What the registry needs of a session. */
export interface Entry extends Member {
  readonly opening: { readonly address: string };
  readonly ended: boolean;
  close(code: number, reason: string): void;
}

/** How long after its end a session's id may be taken up again, in ms. */
const resumeMs = 120_000;
/** How old a secret of another process (an earlier start, another node) may be, in ms. */
const foreignSecretMs = 24 * 60 * 60_000;
/** How many ended sessions are remembered; older ones can no longer be resumed here. */
const endedMax = 100_000;

/** That a connection took up a session's id, as nodes tell each other; the latest turn is whose the id is. */
interface Resumed {
  readonly id: string;
  /** When, in ms, by the clock of the node that it came to; later than all turns that its secret followed. */
  readonly turn: number;
}

interface SessionsParts {
  readonly clock: Clock;
  readonly signer: Signer;
  readonly peers: Peers;
  readonly watchers: Watchers;
}

/** The sessions of this node by id, and who may take up the id of one that ended. */
export class Sessions<S extends Entry> {
  readonly #clock: Clock;
  readonly #signer: Signer;
  readonly #peers: Peers;
  readonly #replaced: Ending;
  readonly #watchers: Watchers;
  readonly #live = new Map<string, S>();
  readonly #joined = new Set<S>();
  readonly #ended = new Map<string, number>();
  /** Of those live here that took up their id: when. */
  readonly #turns = new Map<string, number>();
  readonly #perHousehold = new Map<string, number>();
  readonly #boot = randomId().slice(0, 8);

  /** @param replaced how a connection is ended when another resumes its session */
  constructor({ clock, signer, peers, watchers }: SessionsParts, replaced: Ending) {
    this.#clock = clock;
    this.#signer = signer;
    this.#peers = peers;
    this.#watchers = watchers;
    this.#replaced = replaced;
    // The word of an earlier turn may come late: its connection is gone, and was followed by the one here.
    peers.hear("resumed", ({ id, turn }: Resumed) => {
      if (turn >= (this.#turns.get(id) ?? 0)) this.#replace(id);
    });
  }

  get size(): number {
    return this.#live.size;
  }

  [Symbol.iterator](): Iterator<S> {
    return this.#live.values();
  }

  get(id: string): S | undefined {
    return this.#live.get(id);
  }

  /** How many sessions there are from the address, or its IPv6 network. */
  from(address: string): number {
    return this.#perHousehold.get(householdOf(address)) ?? 0;
  }

  /** Those that were welcomed. */
  get joined(): ReadonlySet<S> {
    return this.#joined;
  }

  /** The session was welcomed. */
  join(session: S): void {
    if (this.#joined.has(session)) return;
    this.#joined.add(session);
    this.#watchers.tell("joined", session);
  }

  /** Registers a session under a new id. */
  add(session: S): string {
    const { language } = session;
    let id: string;
    do {
      const digits = randomId();
      id = language.sessionId?.(digits) ?? digits;
    } while (this.#live.has(id) || this.#ended.has(id));
    this.#live.set(id, session);
    this.#count(session, 1);
    return id;
  }

  /** Forgets the session, but remembers for a while that its id may be resumed. */
  remove(session: S): void {
    if (this.#joined.delete(session)) this.#watchers.tell("left", session);
    if (this.#live.get(session.id) !== session) return;
    this.#live.delete(session.id);
    this.#turns.delete(session.id);
    this.#count(session, -1);
    this.#ended.set(session.id, this.#clock.now());
    this.#forgetOld();
  }

  /** The secret with which a later connection of the same subject takes up this session's id. Signed, not stored. */
  secretOf(session: S): string {
    const issued = this.#turns.get(session.id) ?? this.#clock.now();
    const text = `${session.id}.${this.#boot}.${issued.toString(36)}`;
    return `${text}.${this.#signer.sign(signedText(text, session.subject))}`;
  }

  /** Moves the session to the id that the secret speaks of, and returns that; undefined where the secret is not honoured, or the session has gone. */
  resume(session: S, secret: string): string | undefined {
    const honoured = this.#honoured(secret, session.subject);
    if (honoured === undefined || session.ended) return undefined;
    const { id, issued } = honoured;
    // Its first hello was refused, but the id is its own already.
    if (this.#live.get(id) === session) return id;
    const turn = Math.max(this.#clock.now(), issued + 1, (this.#turns.get(id) ?? 0) + 1);
    this.#replace(id);
    this.#peers.tell("resumed", { id, turn } satisfies Resumed);
    this.#live.delete(session.id);
    this.#ended.delete(id);
    this.#live.set(id, session);
    this.#turns.set(id, turn);
    return id;
  }

  /** Ends the connection that had the id until now, if it lives here. */
  #replace(id: string): void {
    this.#live.get(id)?.close(this.#replaced.code, this.#replaced.reason);
  }

  #count({ opening: { address } }: S, change: 1 | -1): void {
    const household = householdOf(address);
    const count = (this.#perHousehold.get(household) ?? 0) + change;
    if (count === 0) this.#perHousehold.delete(household);
    else this.#perHousehold.set(household, count);
  }

  /** Which id the secret speaks of, and when it was given out; undefined where it is not honoured. */
  #honoured(secret: string, subject: string | undefined): { id: string; issued: number } | undefined {
    const [id = "", boot = "", time = "", signature = ""] = secret.split(".");
    const text = `${id}.${boot}.${time}`;
    // A session that was nobody's may become somebody's; one that was somebody's stays theirs.
    const isOurs = [subject, undefined].some((owner) =>
      this.#signer.verify(signedText(text, owner), signature),
    );
    const issued = parseInt(time, 36);
    return isOurs && this.#isFresh(id, boot, issued) ? { id, issued } : undefined;
  }

  #isFresh(id: string, boot: string, issued: number): boolean {
    if (this.#live.has(id)) return true;
    if (boot !== this.#boot) return this.#clock.now() - issued < foreignSecretMs;
    const endedAt = this.#ended.get(id);
    return endedAt !== undefined && this.#clock.now() - endedAt <= resumeMs;
  }

  #forgetOld(): void {
    const since = this.#clock.now() - resumeMs;
    for (const [id, endedAt] of this.#ended) {
      if (endedAt >= since && this.#ended.size <= endedMax) return;
      this.#ended.delete(id);
    }
  }
}

/** The subject is signed, but not told. */
function signedText(text: string, subject: string | undefined): string {
  return subject === undefined ? text : `${text}.${subject}`;
}

/** 122 random bits. */
function randomId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
