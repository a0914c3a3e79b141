import { type Match, type Position, publishedSchema, receiptSchema } from "@switchboard/protocol";
import { callErrorOf } from "./call-error.ts";
import { callMembers, type CallOptions, callTimeoutMs, checkProcedure } from "./calls.ts";
import { publicationMembers, type Publication, type Published } from "./publication.ts";
import { refusalIn, RestApi } from "./rest-api.ts";
import { errorOf, SwitchboardError } from "./switchboard-error.ts";

/** Where the server is, and how a back end shows that it may publish. */
export interface PublisherOptions {
  /** The server's address, `https://…`; a path in it is kept. */
  readonly url: string;
  /** An API key, or a token; undefined and "" are none, so that it may come from the environment as it is. */
  readonly apiKey?: string | undefined;
  /** Used instead of the global one. */
  readonly fetch?: typeof fetch;
  /** How often a request is tried again that the network or an unavailable server lost; 2 by default. */
  readonly retries?: number;
}

/** A topic that somebody listens to. */
export interface TopicSummary {
  readonly topic: string;
  readonly subscribers: number;
}

/** Where a topic stands; `history` is the number of stored events. */
export interface TopicDetails extends TopicSummary, Position {
  readonly history: number;
}

/** Somebody who is connected. */
export interface SessionSummary {
  readonly session: string;
  readonly subject?: string;
  readonly client?: string;
  readonly dialect: string;
  readonly address: string;
  /** Ms since 1970. */
  readonly since: number;
  readonly crmIds: readonly string[];
  /** What it listens to. */
  readonly topics: readonly { readonly topic: string; readonly match: Match }[];
}

/** How a back end makes a call. */
export type PublisherCallOptions = Omit<CallOptions, "onProgress">;

/** Publishes over HTTP. Every method rejects with a SwitchboardError. */
export interface Publisher {
  /**
   * Resolves once the server has accepted it. Without a `key` it is given a random one, so that trying again cannot publish twice.
   * Rejects with the server's code, or `unavailable` where the server cannot be reached.
   */
  publish(publication: Publication): Promise<Published>;
  /** Publishes up to 1,000 at once; each gets its own result or error, in the same order. */
  publishBatch(publications: readonly Publication[]): Promise<readonly (Published | SwitchboardError)[]>;
  /**
   * Asks whoever answers the procedure. Rejects with a CallError, too, where the callee refuses in its own words. It is not tried again:
   * after `unavailable` and `timeout` nobody knows the outcome.
   */
  call(procedure: string, data?: unknown, options?: PublisherCallOptions): Promise<unknown>;
  /** The topics that somebody listens to. */
  topics(options?: { readonly prefix?: string }): Promise<readonly TopicSummary[]>;
  /** Where one topic stands; a topic that nobody knows has no subscribers and no history. */
  topic(topic: string): Promise<TopicDetails>;
  /** Who is connected. */
  sessions(): Promise<readonly SessionSummary[]>;
}

/** A publisher that knows no contract. @throws SwitchboardError invalid_argument where the address is none. */
export function plainPublisher(options: PublisherOptions): Publisher {
  const api = new RestApi(options);
  return {
    async publish(publication) {
      const key = publication.key ?? crypto.randomUUID();
      const body = `{${publicationMembers({ ...publication, key })}}`;
      return publishedOf(await api.post("publish", body, { headers: { "idempotency-key": key } }));
    },
    async publishBatch(publications) {
      const bodies = publications.map(
        (publication) =>
          `{${publicationMembers({ ...publication, key: publication.key ?? crypto.randomUUID() })}}`,
      );
      const answer = await api.post("publish/batch", `{"publications":[${bodies.join(",")}]}`);
      return listIn(answer, "results").map((result) => outcomeOf(result));
    },
    async call(procedure, data, { timeoutMs = callTimeoutMs, signal: given } = {}) {
      checkProcedure(procedure);
      const late = AbortSignal.timeout(timeoutMs + patienceMs);
      const signal = given === undefined ? late : AbortSignal.any([given, late]);
      const body = `{${callMembers({ procedure, timeout: timeoutMs }, data)}}`;
      const answer = await api.post("call", body, { signal, once: true, read: callErrorOf });
      return (answer as { readonly data?: unknown }).data;
    },
    async topics({ prefix } = {}) {
      const query = prefix === undefined ? "" : `?prefix=${encodeURIComponent(prefix)}`;
      return listIn(await api.get(`topics${query}`), "topics") as readonly TopicSummary[];
    },
    async topic(topic) {
      return (await api.get(`topics/${encodeURIComponent(topic)}`)) as TopicDetails;
    },
    async sessions() {
      return listIn(await api.get("sessions"), "sessions") as readonly SessionSummary[];
    },
  };
}

/** How much longer than the call itself the server's answer may take, in ms. */
const patienceMs = 10_000;
const frameMembers = { type: true, id: true } as const;
const answerSchema = publishedSchema
  .omit(frameMembers)
  .extend({ receipt: receiptSchema.omit(frameMembers).optional() });

function outcomeOf(result: unknown): Published | SwitchboardError {
  const refusal = refusalIn(result);
  return refusal === undefined ? publishedOf(result) : errorOf(refusal);
}

function publishedOf(answer: unknown): Published {
  const { data } = answerSchema.safeParse(answer);
  if (data === undefined) throw new SwitchboardError("internal", "the server's answer to a publish is none");
  const { publication, results, receipt } = data;
  if (receipt === undefined) return { publication, results };
  return { publication, results, receipt: Promise.resolve(receipt) };
}

function listIn(answer: unknown, member: string): readonly unknown[] {
  const list = (answer as Readonly<Record<string, unknown>> | null)?.[member];
  if (Array.isArray(list)) return list;
  throw new SwitchboardError("internal", `the server's answer has no list of ${member}`);
}
