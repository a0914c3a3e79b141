import type { Peers } from "../../core/peers.ts";
import type { Session } from "../../core/session.ts";

/** The closing code of a user whom their back end has thrown out: Pusher's clients do not come back. */
const terminated = 4009;

/** The connections of an application's clients, and who of them has signed in as whom; each node has its own, and knows of the others'. */
export class Clients {
  readonly #app: string;
  readonly #peers: Peers;
  readonly #sessions = new Set<Session>();
  readonly #users = new Map<string, Set<Session>>();

  /** @param app what nodes call the application among themselves */
  constructor(app: string, peers: Peers) {
    this.#app = app;
    this.#peers = peers;
    peers.answer(`${app}.count`, () => this.#sessions.size);
    peers.answer(`${app}.terminate`, (userId: string) => this.#hangUp(userId));
  }

  add(session: Session): void {
    this.#sessions.add(session);
  }

  remove(session: Session): void {
    this.#sessions.delete(session);
  }

  /** The session is the user's from now on. */
  signIn(userId: string, session: Session): void {
    const sessions = this.#users.get(userId) ?? new Set();
    this.#users.set(userId, sessions.add(session));
  }

  /** The session is nobody's any longer. */
  signOut(userId: string, session: Session): void {
    const sessions = this.#users.get(userId);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#users.delete(userId);
  }

  /** How many there are on all nodes that say so. */
  async count(): Promise<number> {
    let count = this.#sessions.size;
    await this.#peers.ask(`${this.#app}.count`, null, (one: number) => {
      count += one;
    });
    return count;
  }

  /** Ends the connections that have signed in as the user, wherever they are. */
  async terminate(userId: string): Promise<void> {
    this.#hangUp(userId);
    await this.#peers.ask(`${this.#app}.terminate`, userId, () => {});
  }

  /** @returns how many these were */
  #hangUp(userId: string): number {
    const sessions = [...(this.#users.get(userId) ?? [])];
    for (const session of sessions)
      session.hangUp(terminated, "the application has ended this user's connections");
    return sessions.length;
  }
}
