import { createClient, type Client, type Gap, type Position, type Subscription } from "@switchboard/sdk";
import type { Kept } from "./rest.ts";
import { until } from "./until.ts";

/** Follows a topic with the SDK, by a handler or a loop, and notes all it is told. It may crash, and go on where it was. */
export class Witness {
  readonly topic: string;
  readonly how: "handler" | "loop";
  readonly log: { readonly offset: number; readonly data: unknown }[] = [];
  readonly gaps: Gap[] = [];
  recoveries = 0;
  recovered = 0;
  reloads = 0;
  /** Where it stood when it was first let in. */
  readonly begun: Promise<Position>;
  readonly #url: string;
  #start = 0;
  #client: Client;
  #subscription: Subscription;
  #crashes = false;

  constructor(url: string, topic: string, how: "handler" | "loop") {
    this.#url = url;
    this.topic = topic;
    this.how = how;
    [this.#client, this.#subscription] = this.#open();
    this.begun = this.#subscription.ready.then((position) => {
      this.#start = position.offset;
      return position;
    });
  }

  close(): void {
    this.#client.close();
  }

  /** Ends its client and begins anew at its position: now, or amid the next event, which it then has not handled. */
  crash(amidEvent: boolean): void {
    if (amidEvent) this.#crashes = true;
    else this.#reload();
  }

  /** Up to where it has heard, or was told that it will not. */
  get offset(): number {
    return Math.max(this.#start, this.log.at(-1)?.offset ?? 0, this.gaps.at(-1)?.now.offset ?? 0);
  }

  /** Resolves once it has heard up to this offset, or was told that it will not. */
  async reaches(offset: number): Promise<void> {
    this.#crashes = false;
    const note = () =>
      `${this.topic} ${this.how} stands at ${this.log.at(-1)?.offset}, not at ${offset}: ${JSON.stringify([this.#client.status, this.#subscription.position, this.gaps.at(-1)])}`;
    await until(() => this.offset >= offset, { ms: 60_000, note });
  }

  /** What is wrong with the log, beside all that was published. */
  faults(all: readonly Kept[]): string[] {
    const faults: string[] = [];
    const expected = new Map(all.map((event) => [event.offset, JSON.stringify(event.data)]));
    let last = this.#start;
    for (const { offset, data } of this.log) {
      if (offset <= last) faults.push(`${offset} came after ${last}`);
      if (expected.get(offset) !== JSON.stringify(data)) faults.push(`${offset} was never published so`);
      last = offset;
    }
    const heard = new Set(this.log.map(({ offset }) => offset));
    const isTold = (offset: number) =>
      this.gaps.some(({ since, now }) => since.offset < offset && offset <= now.offset);
    for (const { offset } of all)
      if (offset > this.#start && !heard.has(offset) && !isTold(offset)) faults.push(`${offset} is missing`);
    return faults;
  }

  #open(since?: Position): [Client, Subscription] {
    const client = createClient({
      url: this.#url,
      backoff: { baseMs: 20, maxMs: 200 },
      requestTimeoutMs: 1_000,
      onError: () => undefined,
    });
    const isCurrent = () => this.#client === client;
    const subscription = client.subscribe(
      this.topic,
      {
        ...(this.how === "handler" && {
          event: (event) => {
            if (isCurrent()) this.#hear(event);
          },
        }),
        gap: (gap) => isCurrent() && this.gaps.push(gap),
        recovered: ({ count }) => {
          this.recoveries += 1;
          this.recovered += count;
        },
      },
      since === undefined ? {} : { since },
    );
    if (this.how === "loop") void this.#loop(subscription, isCurrent);
    return [client, subscription];
  }

  async #loop(subscription: Subscription, isCurrent: () => boolean): Promise<void> {
    for await (const event of subscription) {
      if (event.offset % 7 === 0) await Bun.sleep(1);
      if (!isCurrent()) return;
      this.#hear(event);
    }
  }

  #hear(event: { readonly offset: number; readonly data: unknown }): void {
    if (this.#crashes) {
      this.#crashes = false;
      return this.#reload();
    }
    this.log.push({ offset: event.offset, data: event.data });
  }

  #reload(): void {
    const { position } = this.#subscription;
    // Before it was let in again there is nothing to go on from.
    if (position === undefined) return;
    this.reloads += 1;
    this.#client.close();
    [this.#client, this.#subscription] = this.#open(position);
  }
}
