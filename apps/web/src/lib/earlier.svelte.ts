import { topicOfCrmId } from "@switchboard/protocol";

import type { ServerApi } from "./server-api.ts";

/** How many earlier messages of a record are shown at most. */
export const earlierMax = 100;
const askedMax = 20;

/** Earlier messages that the server keeps of the records that are followed. */
export class Earlier {
  /** How many there are to show; 0 where there are none, or the server does not say. */
  count = $state.raw(0);
  readonly #api: ServerApi;

  constructor(api: ServerApi) {
    this.#api = api;
  }

  /** Asks once; the returned function gives up. */
  ask(crmIds: readonly string[]): () => void {
    const left = new AbortController();
    void this.#ask(crmIds.slice(0, askedMax), left.signal);
    return () => {
      left.abort();
      this.count = 0;
    };
  }

  async #ask(crmIds: readonly string[], signal: AbortSignal): Promise<void> {
    const topics = crmIds.map((crmId) => this.#api.topic(topicOfCrmId(crmId), signal));
    let count = 0;
    for (const asked of await Promise.allSettled(topics))
      if (asked.status === "fulfilled") count += Math.min(asked.value.history ?? 0, earlierMax);
    if (!signal.aborted) this.count = count;
  }
}
