import { createClient, type Client, type Gap, type Position, type Subscription } from "@switchboard/sdk";
import { until } from "./until.ts";

/** What a client heard of a topic, by the SDK. */
export class Follower implements Disposable {
  readonly client: Client;
  readonly subscription: Subscription;
  readonly offsets: number[] = [];
  readonly data: unknown[] = [];
  readonly gaps: Gap[] = [];
  /** How many missed events each outage had. */
  readonly recovered: number[] = [];

  constructor(
    url: string,
    topic: string,
    { since, backoffMs = 20 }: { since?: Position; backoffMs?: number } = {},
  ) {
    this.client = createClient({
      url,
      backoff: { baseMs: backoffMs, maxMs: backoffMs * 10 },
      onError: () => undefined,
    });
    this.subscription = this.client.subscribe(
      topic,
      {
        event: ({ offset, data }) => {
          this.offsets.push(offset);
          this.data.push(data);
        },
        gap: (gap) => this.gaps.push(gap),
        recovered: ({ count }) => this.recovered.push(count),
      },
      since === undefined ? {} : { since },
    );
  }

  /** Resolves once it has heard up to this offset. */
  async reaches(offset: number): Promise<void> {
    await until(() => (this.subscription.position?.offset ?? -1) >= offset, {
      note: () =>
        `${JSON.stringify(this.subscription.position)} instead of ${offset}; ${JSON.stringify(this.client.status)}`,
    });
  }

  /** Where it goes on, should it leave now. */
  get position(): Position {
    const { position } = this.subscription;
    if (position === undefined) throw new Error("it has not begun");
    return position;
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

/** How many of the offsets do not lie after the one before. */
export function disorder(offsets: readonly number[]): number {
  return offsets.filter((offset, i) => i > 0 && offset <= (offsets[i - 1] as number)).length;
}
