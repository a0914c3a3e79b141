import { crmIdsMax, isCrmId, topicOfCrmId } from "@switchboard/protocol";
import type {
  Client,
  Event,
  Gap,
  SubscribeOptions,
  Subscription,
  SubscriptionHandlers,
} from "@switchboard/sdk";

import { earlierMax } from "./earlier.svelte.ts";
import type { Log } from "./log.svelte.ts";
import { followRefusal } from "./refusal-words.ts";
import { counted } from "./times.ts";

const litMs = 400;

/** One crmId that is followed. */
export class Line {
  readonly crmId: string;
  heard = $state.raw(0);
  /** Whether something came just now. */
  lit = $state.raw(false);
  /** Why the server does not let us follow it. */
  refusal = $state.raw<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(crmId: string) {
    this.crmId = crmId;
  }

  light(): void {
    this.heard += 1;
    this.lit = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.lit = false;
    }, litMs);
  }
}

/** The crmIds that are followed, and their way into the log. */
export class Lines {
  list = $state.raw<readonly Line[]>([]);
  readonly crmIds = $derived(this.list.map((line) => line.crmId));
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #client: Client;
  readonly #log: Log;

  constructor(client: Client, log: Log) {
    this.#client = client;
    this.#log = log;
  }

  /** The crmIds beyond the most that are followed at once: whoever follows more is no page but a program. */
  follow(crmIds: readonly string[]): string[] {
    const wanted = crmIds.filter((crmId) => isCrmId(crmId) && !this.#subscriptions.has(crmId));
    const room = crmIdsMax - this.list.length;
    for (const crmId of wanted.slice(0, room)) {
      const line = new Line(crmId);
      this.list = [...this.list, line];
      this.#subscriptions.set(crmId, this.#subscribe(line));
    }
    return wanted.slice(room);
  }

  /** Asks again for what was refused: another token may allow it. */
  retryRefused(): void {
    for (const line of this.list.filter((one) => one.refusal !== undefined)) {
      line.refusal = undefined;
      this.#subscriptions.set(line.crmId, this.#subscribe(line));
    }
  }

  /** Begins each line again with its newest kept messages: for a log that is empty, since what it holds would come twice. */
  showEarlier(): void {
    for (const line of this.list.filter(({ refusal }) => refusal === undefined)) {
      const before = this.#subscriptions.get(line.crmId);
      this.#subscriptions.set(line.crmId, this.#subscribe(line, { last: earlierMax }));
      before?.unsubscribe().catch(() => undefined);
    }
  }

  unfollow(crmId: string): void {
    const subscription = this.#subscriptions.get(crmId);
    this.#subscriptions.delete(crmId);
    this.list = this.list.filter((line) => line.crmId !== crmId);
    // Without a connection there is nobody to tell, and it is not followed again when there is.
    subscription?.unsubscribe().catch(() => undefined);
  }

  #subscribe(line: Line, options: SubscribeOptions = {}): Subscription {
    const topic = topicOfCrmId(line.crmId);
    const subscription = this.#client.subscribe(topic, this.#handlers(line), options);
    // A refusal is told by its handler; here it would only be an unhandled rejection.
    subscription.ready.catch(() => undefined);
    return subscription;
  }

  #handlers(line: Line): SubscriptionHandlers {
    const { crmId } = line;
    return {
      event: (event: Event) => {
        line.light();
        this.#log.addEvent(event);
      },
      recovered: ({ count }) => {
        if (count === 0) return;
        this.#log.addSystem({ tone: "good", text: `Recovered ${counted(count, "message")} on ${crmId}` });
      },
      gap: (gap: Gap) => {
        this.#log.addSystem({
          tone: "warn",
          text: `Some messages on ${crmId} are gone`,
          advice: `The server's history no longer reaches back to offset ${gap.since.offset}. Load record ${crmId} anew to be sure of its state.`,
        });
      },
      refused: (error) => {
        line.refusal = followRefusal(error, crmId);
        this.#log.addSystem({
          tone: "bad",
          text: line.refusal,
          advice: "Unfollow it, or give a token that may follow it.",
        });
      },
    };
  }
}
