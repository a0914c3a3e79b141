import { createPublisher } from "@switchboard/sdk";

/** Publishes numbers to records in turn, each with a key and again until it is accepted. */
export class Publishers {
  /** How many attempts failed. */
  failures = 0;
  /** How many were acknowledged. */
  accepted = 0;
  /** The longest that one waited for its acknowledgement, in ms. */
  longestMs = 0;
  readonly #url: string;
  readonly #records: number;
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;
  #next = 0;

  /** @param lanes how many publish side by side */
  constructor(url: string, records: number, lanes: number) {
    this.#url = url;
    this.#records = records;
    this.#running = Promise.all(Array.from({ length: lanes }, () => this.#lane()));
  }

  /** Resolves when everything that was begun is acknowledged. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #lane(): Promise<void> {
    const publisher = createPublisher({ url: this.#url, retries: 0 });
    while (!this.#stop.signal.aborted) {
      const number = this.#next++;
      const publication = { crmIds: [String(number % this.#records)], data: number, key: `k${number}` };
      const startedAt = performance.now();
      for (;;) {
        try {
          await publisher.publish(publication);
          break;
        } catch {
          this.failures += 1;
          await Bun.sleep(50);
        }
      }
      this.accepted += 1;
      this.longestMs = Math.max(this.longestMs, Math.round(performance.now() - startedAt));
      await Bun.sleep(20);
    }
  }
}
