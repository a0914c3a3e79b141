import { contractMatcher, topicOfCrmId } from "@switchboard/protocol";

import type { Breach } from "./breach.ts";
import type { ContractJson, ServerApi } from "./server-api.ts";

interface TopicEvents {
  readonly match: ReturnType<typeof contractMatcher>;
  readonly events: Readonly<Record<string, object>>;
}

/** What the server lets be published, as far as it has a contract. */
export class Contract {
  #topics = $state.raw<ContractJson["topics"]>({});
  readonly #patterns: readonly TopicEvents[] = $derived(
    Object.entries(this.#topics).map(([pattern, events]) => ({ match: contractMatcher(pattern), events })),
  );
  #schemaCheck = $state.raw<(schema: object) => (text: string) => Breach[]>();
  readonly #checks = new WeakMap<object, (text: string) => Breach[]>();
  readonly #api: ServerApi;

  constructor(api: ServerApi) {
    this.#api = api;
  }

  /** Whether there is one at all. */
  get exists(): boolean {
    return Object.keys(this.#topics).length > 0;
  }

  /** Asks the server; where it does not tell, what was known before holds. */
  async load(signal: AbortSignal): Promise<void> {
    try {
      const { topics } = await this.#api.contract(signal);
      if (JSON.stringify(topics) === JSON.stringify(this.#topics)) return;
      if (Object.keys(topics).length > 0) this.#schemaCheck = (await import("./schema-check.ts")).schemaCheck;
      if (!signal.aborted) this.#topics = topics;
    } catch {
      // Without a contract everything may be written; the server still says what it does not take.
    }
  }

  /** The names of the events on this record. */
  names(crmId: string): readonly string[] {
    return Object.keys(this.#eventsOf(crmId));
  }

  /** Where the text, which must be JSON, breaks the schema of the event; nowhere if there is none. */
  breaches(crmId: string, name: string, text: string): readonly Breach[] {
    const events = this.#eventsOf(crmId);
    const schema = Object.hasOwn(events, name) ? events[name] : undefined;
    if (!schema || !this.#schemaCheck) return [];
    const check = this.#checks.get(schema) ?? this.#schemaCheck(schema);
    this.#checks.set(schema, check);
    return check(text);
  }

  /** The events of the first pattern that means the record's topic, as the server looks for them. */
  #eventsOf(crmId: string): TopicEvents["events"] {
    const topic = topicOfCrmId(crmId);
    return this.#patterns.find(({ match }) => match(topic) !== undefined)?.events ?? {};
  }
}
