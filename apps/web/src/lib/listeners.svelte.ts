import { crmIdOfTopic } from "@switchboard/protocol";

import { listenersOn } from "./sender.svelte.ts";
import { type ServerApi, ServerApiError } from "./server-api.ts";

const everyMs = 2_000;
const asideMax = 20;

/** Who listens: on the records asked about, and which records anybody has open. Asked anew every two seconds. */
export class Listeners {
  /** How many listen on each record asked about; missing where it is not known. */
  on = $state.raw<ReadonlyMap<string, number>>(new Map());
  /** Why nothing of this is known, if so. */
  unknown = $state.raw("");
  /** The records that somebody listens to now, the busiest first. */
  online = $state.raw<readonly { crmId: string; count: number }[]>([]);
  readonly #api: ServerApi;

  constructor(api: ServerApi) {
    this.#api = api;
  }

  /** Asks now and every so often, while the page is visible; the returned function ends it. */
  watch(crmIds: readonly string[]): () => void {
    const ended = new AbortController();
    const ask = () => {
      if (document.visibilityState === "visible") void this.#ask(crmIds.slice(0, asideMax), ended.signal);
    };
    const first = setTimeout(ask, 150);
    const timer = setInterval(ask, everyMs);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
      ended.abort();
    };
  }

  async #ask(crmIds: readonly string[], signal: AbortSignal): Promise<void> {
    const [counts, topics] = await Promise.allSettled([
      Promise.all(crmIds.map(async (crmId) => [crmId, await listenersOn(this.#api, crmId, signal)] as const)),
      this.#api.topics("crm.", signal),
    ]);
    if (signal.aborted) return;
    this.unknown = counts.status === "rejected" ? unknownWords(counts.reason) : "";
    this.on = new Map(counts.status === "fulfilled" ? counts.value : []);
    if (topics.status !== "fulfilled") return;
    this.online = topics.value
      .flatMap(({ topic, subscribers }) => {
        const crmId = crmIdOfTopic(topic);
        return crmId === undefined || subscribers === 0 ? [] : [{ crmId, count: subscribers }];
      })
      .toSorted((a, b) => b.count - a.count || a.crmId.localeCompare(b.crmId, "en", { numeric: true }));
  }
}

function unknownWords(error: unknown): string {
  const status = error instanceof ServerApiError ? error.status : 0;
  if (status === 403) return "not known: this token may not read who listens";
  if (status === 401) return "not known: this server asks for a token";
  return "not known now";
}
