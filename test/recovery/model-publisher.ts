import { createClient, type Client } from "@switchboard/sdk";
import type { Kept } from "./rest.ts";

/** Publishes in all topics, again and again with the same key until it is answered: each of its publications is to be there once. */
export class ModelPublisher {
  readonly #client: Client;
  readonly #number: number;
  readonly #topics: readonly string[];
  readonly #isAhead: () => boolean;
  #isStopped = false;
  /** The newest offset in each topic. */
  readonly newest = new Map<string, number>();
  /** What was published where. */
  readonly accepted: (Kept & { readonly topic: string })[] = [];
  /** How many of the answers were to a publish that had arrived before. */
  duplicates = 0;

  /** @param isAhead whether it is to wait, so that those who listen can follow */
  constructor(url: string, number: number, topics: readonly string[], isAhead: () => boolean) {
    this.#number = number;
    this.#topics = topics;
    this.#isAhead = isAhead;
    this.#client = createClient({
      url,
      backoff: { baseMs: 20, maxMs: 200 },
      requestTimeoutMs: 1_000,
      // The first leaves all trying again to its caller.
      ...(number > 0 && { queue: { max: 1_000, ageMs: 60_000 } }),
      onError: () => undefined,
    });
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves once it was stopped, and everything has been accepted. */
  async run(): Promise<void> {
    const open = new Set<Promise<void>>();
    for (let i = 0; !this.#isStopped; i++) {
      const topic = this.#topics[i % this.#topics.length] ?? "";
      const one = this.#publish(topic, `${this.#number}-${i}`).finally(() => open.delete(one));
      open.add(one);
      // Not faster than it is accepted, by much.
      if (open.size > 50) await Promise.race(open);
      await Bun.sleep(i % 10 === 0 ? 10 : 0);
      while (this.#isAhead() && !this.#isStopped) await Bun.sleep(10);
    }
    await Promise.all(open);
    this.#client.close();
  }

  async #publish(topic: string, key: string): Promise<void> {
    const publication = { topic, key, data: { key, text: "x".repeat(100) } };
    for (;;) {
      try {
        const { publication: id, results } = await this.#client.publish(publication);
        const offset = results[0]?.offset ?? -1;
        if (results[0]?.duplicate === true) this.duplicates += 1;
        this.newest.set(topic, Math.max(offset, this.newest.get(topic) ?? 0));
        this.accepted.push({ topic, offset, publication: id, name: "message", data: publication.data });
        return;
      } catch {
        await Bun.sleep(20);
      }
    }
  }
}
