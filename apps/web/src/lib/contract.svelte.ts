import { topicOfCrmId } from "@switchboard/protocol";

import type { Breach } from "./breach.ts";
import type { ContractJson, ServerApi } from "./server-api.ts";

type Events = Readonly<Record<string, object>>;

/** What the server lets be published, as far as it has a contract. */
export class Contract {
  #topics = $state.raw<ContractJson["topics"]>({});
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
    return Object.keys(eventsOf(this.#topics, topicOfCrmId(crmId)));
  }

  /** Where the text, which must be JSON, breaks the schema of the event; nowhere if there is none. */
  breaches(crmId: string, name: string, text: string): readonly Breach[] {
    const events = eventsOf(this.#topics, topicOfCrmId(crmId));
    const schema = Object.hasOwn(events, name) ? events[name] : undefined;
    if (!schema || !this.#schemaCheck) return [];
    const check = this.#checks.get(schema) ?? this.#schemaCheck(schema);
    this.#checks.set(schema, check);
    return check(text);
  }
}

/** The events of the first pattern that means the topic, as the server looks for them. */
function eventsOf(topics: ContractJson["topics"], topic: string): Events {
  const found = Object.entries(topics).find(([pattern]) => expressionOf(pattern).test(topic));
  return found?.[1] ?? {};
}

function expressionOf(pattern: string): RegExp {
  const parts = pattern.split(/\{\w+\}/).map((part) => part.replaceAll(/[\\^$.*+?()[\]|]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^.]+")}$`);
}
