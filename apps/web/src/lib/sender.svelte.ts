import { topicOfCrmId } from "@switchboard/protocol";
import { type Client, jsonText, type Published, SwitchboardError } from "@switchboard/sdk";

import { type AnswerLine, answerLines } from "./answer.ts";
import { Draft } from "./draft.svelte.ts";
import { KeptMessages } from "./kept-messages.svelte.ts";
import type { ServerApi } from "./server-api.ts";
import type { Message } from "./snippets.ts";
import { counted, duration } from "./times.ts";

/** What became of the last send. */
export type Answer =
  | { readonly state: "none" }
  | { readonly state: "sending" }
  | {
      readonly state: "sent";
      readonly lines: readonly AnswerLine[];
      readonly tookMs: number;
      readonly count: number;
    }
  | { readonly state: "failed"; readonly text: string; readonly count: number };

const historyAgeMs = 24 * 3_600_000;

/** Sends messages, and remembers what was sent. */
export class Sender {
  readonly draft = new Draft();
  readonly sent = new KeptMessages("switchboard.sent", 100);
  readonly templates = new KeptMessages("switchboard.templates", 50);
  answer = $state.raw<Answer>({ state: "none" });
  readonly #client: Client;
  readonly #api: ServerApi;
  #count = 0;

  constructor(client: Client, api: ServerApi) {
    this.#client = client;
    this.#api = api;
  }

  async send(message: Message): Promise<void> {
    if (this.answer.state === "sending") return;
    this.#count += 1;
    const count = this.#count;
    this.answer = { state: "sending" };
    const startedAt = performance.now();
    try {
      const { crmIds, name, text } = message;
      const publication = { crmIds, data: jsonText(text), echo: true, ...(name === "" ? {} : { name }) };
      const published = await this.#client.publish(publication);
      const tookMs = performance.now() - startedAt;
      const lines = answerLines(published, await this.#keptFor(published));
      this.answer = { state: "sent", lines, tookMs, count };
      this.sent.add(message, lines.length === 1 ? (lines[0]?.text ?? "") : summaryOf(published));
    } catch (error) {
      this.answer = { state: "failed", text: failureOf(error), count };
    }
  }

  /** How long a message that nobody heard waits for whoever comes; undefined where it does not, or nobody knows. */
  async #keptFor({ results }: Published): Promise<string | undefined> {
    const unheard = results.find((result) => result.receivers === 0);
    if (!unheard) return undefined;
    try {
      const topic = await this.#api.topic(unheard.topic);
      return topic.history === 0 ? undefined : duration(topic.historyAgeMs ?? historyAgeMs);
    } catch {
      return undefined;
    }
  }
}

/** How many sessions listen to a record now. */
export async function listenersOn(api: ServerApi, crmId: string, signal?: AbortSignal): Promise<number> {
  return (await api.topic(topicOfCrmId(crmId), signal)).subscribers;
}

function summaryOf({ results }: Published): string {
  const receivers = results.reduce((sum, result) => sum + (result.receivers ?? 0), 0);
  return `Delivered to ${receivers} on ${counted(results.length, "line")}`;
}

function failureOf(error: unknown): string {
  if (!(error instanceof SwitchboardError))
    return `Not sent: ${error instanceof Error ? error.message : String(error)}`;
  if (error.code === "offline") return "Not sent: there is no connection now. Try again when it is live.";
  if (error.code === "closed") return "Not sent: the connection is closed. Connect again first.";
  if (error.code === "timeout") return "No answer in time. It may have been sent all the same.";
  return `Not sent: ${error.message}`;
}
