import { topicOfCrmId } from "@switchboard/protocol";
import { type Client, jsonText, type Published } from "@switchboard/sdk";

import { type Acknowledged, type AnswerLine, answerLines, answerSummary } from "./answer.ts";
import type { Breach } from "./breach.ts";
import { Contract } from "./contract.svelte.ts";
import { Draft } from "./draft.svelte.ts";
import { KeptMessages } from "./kept-messages.svelte.ts";
import { publishRefusal, type RefusalWords } from "./refusal-words.ts";
import type { ServerApi } from "./server-api.ts";
import type { Message } from "./snippets.ts";
import { duration } from "./times.ts";

/** What became of the last send; `waits` while some have yet to acknowledge it. */
export type Answer =
  | { readonly state: "none" }
  | { readonly state: "sending" }
  | { readonly state: "sent"; readonly lines: readonly AnswerLine[]; readonly waits: boolean }
  | ({ readonly state: "failed" } & RefusalWords);

const historyAgeMs = 24 * 3_600_000;
/** How long those who hear a message may take to acknowledge it. */
const receiptMs = 2_000;
/** How long a message waits for the connection that is being made. */
const connectMs = 10_000;

/** Sends messages, and remembers what was sent. */
export class Sender {
  readonly draft = new Draft();
  readonly sent = new KeptMessages("switchboard.sent", 100);
  readonly templates = new KeptMessages("switchboard.templates", 50);
  readonly contract: Contract;
  answer = $state.raw<Answer>({ state: "none" });
  /** The names that the contract has for whom the draft is for. */
  readonly names = $derived.by(() => this.contract.names(this.#firstCrmId));
  /** Where the draft breaks the contract, once it is JSON. */
  readonly breaches: readonly Breach[] = $derived.by(() => {
    const { error, name, text } = this.draft;
    if (error) return [];
    return this.contract.breaches(this.#firstCrmId, name.trim() || "message", text);
  });
  readonly #client: Client;
  readonly #api: ServerApi;
  #count = 0;

  constructor(client: Client, api: ServerApi) {
    this.#client = client;
    this.#api = api;
    this.contract = new Contract(api);
  }

  /** The contract is the same for all records; before one is given, that of any. */
  get #firstCrmId(): string {
    return this.draft.typed.crmIds[0] ?? "0";
  }

  /** Says why nothing is sent; what became of an earlier message no longer stands there. */
  refuse(why: string): void {
    if (this.answer.state === "sending") return;
    this.#count += 1;
    this.answer = { state: "failed", text: `Not sent. ${why}`, details: [] };
  }

  async send(message: Message): Promise<void> {
    if (this.answer.state === "sending") return;
    this.#count += 1;
    const count = this.#count;
    const { crmIds, name, text } = message;
    this.answer = { state: "sending" };
    const startedAt = performance.now();
    try {
      await this.#connected();
      const publication = { crmIds, data: jsonText(text), echo: true, receipt: receiptMs };
      const published = await this.#client.publish(name === "" ? publication : { ...publication, name });
      await this.#tell(message, published, { count, startedAt });
    } catch (error) {
      this.answer = { state: "failed", ...publishRefusal(error, crmIds) };
    }
  }

  /** Whoever sends as soon as the page is there need not wait for its connection: the message does, for a while. */
  async #connected(): Promise<void> {
    if (this.#client.status.state !== "connecting") return;
    const patience = new Promise<void>((resolve) => setTimeout(resolve, connectMs));
    await Promise.race([this.#client.live(), patience]);
  }

  /** Says who was sent it, and then who has acknowledged it, unless something else was sent meanwhile. */
  async #tell(
    message: Message,
    published: Published,
    { count, startedAt }: { count: number; startedAt: number },
  ): Promise<void> {
    const acknowledging = acknowledgedOf(published, startedAt);
    const keptFor = await this.#keptFor(published);
    const waits = acknowledging !== undefined;
    this.answer = { state: "sent", lines: answerLines(published, { keptFor }), waits };
    const { id } = this.sent.add(message, answerSummary(published, { keptFor }));
    const acknowledged = await acknowledging;
    const facts = { keptFor, acknowledged };
    if (acknowledged) this.sent.rename(id, answerSummary(published, facts));
    if (count !== this.#count) return;
    this.answer = { state: "sent", lines: answerLines(published, facts), waits: false };
  }

  /** By topic, how long a message that nobody heard waits there for whoever comes; missing where it does not, or nobody knows. */
  async #keptFor({ results }: Published): Promise<ReadonlyMap<string, string>> {
    const unheard = results.filter((result) => result.receivers === 0);
    const topics = await Promise.allSettled(unheard.map(({ topic }) => this.#api.topic(topic)));
    return new Map(
      topics.flatMap((asked) => {
        if (asked.status === "rejected" || !((asked.value.history ?? 0) > 0)) return [];
        return [[asked.value.topic, duration(asked.value.historyAgeMs ?? historyAgeMs)] as const];
      }),
    );
  }
}

/** How many listen to a record now. */
export async function listenersOn(api: ServerApi, crmId: string, signal?: AbortSignal): Promise<number> {
  return (await api.topic(topicOfCrmId(crmId), signal)).subscribers;
}

/** The receipt, where somebody was sent the message and the connection holds until it comes. */
function acknowledgedOf(
  { results, receipt }: Published,
  startedAt: number,
): Promise<Acknowledged | undefined> | undefined {
  if (!receipt || results.every((result) => !result.receivers)) return undefined;
  return receipt.then(
    (counts) => ({ ...counts, tookMs: performance.now() - startedAt }),
    () => undefined,
  );
}
