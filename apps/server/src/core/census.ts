import type { Match } from "@switchboard/protocol";
import type { Peers } from "./peers.ts";

/** A session, for people to read. */
export interface SessionSummary {
  readonly session: string;
  readonly subject?: string;
  readonly client?: string;
  readonly dialect: string;
  readonly address: string;
  /** Since when, in ms since 1970. */
  readonly since: number;
  readonly crmIds: readonly string[];
  readonly topics: readonly { readonly topic: string; readonly match: Match }[];
}

/** A topic that is listened to, and by how many sessions. */
export interface TopicCount {
  readonly topic: string;
  readonly subscribers: number;
}

/** Which sessions are meant: the one with the id, and all that follow the crmId. */
export interface Chosen {
  readonly session?: string | undefined;
  readonly crmId?: string | undefined;
}

/** What one node counts. */
export interface NodeCount {
  readonly sessions: number;
  readonly topics: number;
  readonly eventsPerSecond: number;
}

interface TopicsAsked {
  readonly prefix: string;
  readonly max: number;
}

interface DisconnectAsked {
  readonly chosen: Chosen;
  readonly reason: string;
}

/** What a node knows of itself. */
export interface Locals {
  /** At most so many sessions, and whether there are more. */
  sessions(max: number): Listed<SessionSummary>;
  session(id: string): SessionSummary | undefined;
  topics(prefix: string, max: number): Listed<TopicCount>;
  subscribers(topic: string): number;
  /** Ends the sessions that are chosen, and says how many. */
  disconnect(chosen: Chosen, reason: string): number;
  count(): NodeCount;
}

/** A part of a list, and whether there is more. */
export interface Listed<One> {
  readonly list: readonly One[];
  readonly isMore: boolean;
}

/** What all nodes know together; `partial` where a node did not answer. */
export type Whole<Known> = Known & { readonly partial?: true };

/** Asks all nodes what each knows of itself, and puts it together. A node that does not answer in time is left out, which is told. */
export class Census {
  readonly #here: Locals;
  readonly #peers: Peers;

  constructor(here: Locals, peers: Peers) {
    this.#here = here;
    this.#peers = peers;
    peers.answer("sessions", (max: number) => here.sessions(max));
    peers.answer("session", (id: string) => here.session(id) ?? null);
    peers.answer("topics", ({ prefix, max }: TopicsAsked) => here.topics(prefix, max));
    peers.answer("subscribers", (topics: readonly string[]) =>
      topics.map((topic) => here.subscribers(topic)),
    );
    peers.answer("disconnect", ({ chosen, reason }: DisconnectAsked) => here.disconnect(chosen, reason));
    peers.answer("count", () => here.count());
  }

  /** Who is connected, at most so many. */
  async sessions(max: number): Promise<Whole<Listed<SessionSummary>>> {
    const list: SessionSummary[] = [];
    let isMore = false;
    const partial = await this.#all("sessions", max, this.#here.sessions(max), (one) => {
      list.push(...one.list);
      isMore ||= one.isMore;
    });
    return { list: list.slice(0, max), isMore: isMore || list.length > max, ...partial };
  }

  /** The session with the id, wherever it is. */
  async session(id: string): Promise<SessionSummary | undefined> {
    let found: SessionSummary | undefined = this.#here.session(id);
    if (found === undefined)
      await this.#peers.ask("session", id, (one: SessionSummary | null) => {
        found ??= one ?? undefined;
      });
    return found;
  }

  /** The topics under the prefix that sessions listen to, at most so many. */
  async topics(prefix: string, max: number): Promise<Whole<Listed<TopicCount>>> {
    const counts = new Map<string, number>();
    let isMore = false;
    const partial = await this.#all("topics", { prefix, max }, this.#here.topics(prefix, max), (one) => {
      for (const { topic, subscribers } of one.list)
        counts.set(topic, (counts.get(topic) ?? 0) + subscribers);
      isMore ||= one.isMore;
    });
    const all = [...counts].map(([topic, subscribers]) => ({ topic, subscribers }));
    return { list: all.slice(0, max), isMore: isMore || all.length > max, ...partial };
  }

  /** How many sessions listen to the topic. */
  async subscribers(topic: string): Promise<Whole<{ readonly subscribers: number }>> {
    const { subscribers, ...partial } = await this.subscribersOf([topic]);
    return { subscribers: subscribers.get(topic) ?? 0, ...partial };
  }

  /** The same for many topics. */
  async subscribersOf(
    topics: readonly string[],
  ): Promise<Whole<{ readonly subscribers: ReadonlyMap<string, number> }>> {
    const subscribers = new Map(topics.map((topic) => [topic, this.#here.subscribers(topic)]));
    const isWhole = await this.#peers.ask("subscribers", topics, (counts: readonly number[]) => {
      for (const [i, topic] of topics.entries())
        subscribers.set(topic, (subscribers.get(topic) ?? 0) + (counts[i] ?? 0));
    });
    return { subscribers, ...(!isWhole && { partial: true }) };
  }

  /** Ends the sessions that are chosen, wherever they are, and says how many. */
  async disconnect(chosen: Chosen, reason: string): Promise<number> {
    let disconnected = 0;
    await this.#all("disconnect", { chosen, reason }, this.#here.disconnect(chosen, reason), (one) => {
      disconnected += one;
    });
    return disconnected;
  }

  /** What each node counts. */
  async count(): Promise<Whole<{ readonly nodes: readonly NodeCount[] }>> {
    const nodes: NodeCount[] = [];
    const partial = await this.#all("count", null, this.#here.count(), (one) => void nodes.push(one));
    return { nodes, ...partial };
  }

  async #all<Known>(
    question: string,
    asked: unknown,
    here: Known,
    hear: (known: Known) => void,
  ): Promise<{ readonly partial?: true }> {
    hear(here);
    return (await this.#peers.ask(question, asked, hear)) ? {} : { partial: true };
  }
}
