import {
  jetstream,
  JetStreamApiError,
  JetStreamError,
  jetstreamManager,
  type JetStreamClient,
  type JetStreamManager,
  type JetStreamPublishOptions,
  type PubAck,
  type StoredMsg,
  type StreamConfig,
} from "@nats-io/jetstream";
import type { ServerInfo } from "@nats-io/transport-node";
import { Refusal } from "../../core/errors.ts";
import type { Connection } from "./connection.ts";
import { Gate } from "./gate.ts";
import { readsBatches } from "./version.ts";
import { isCode, Refusals } from "./refusals.ts";

/** Reads under way at once; the servers drop what waits beyond 10,000. */
const readsMax = 128;
/** Publishes under way at once; one more is refused. */
const publishesMax = 10_000;
/** Letters of these; one publish more is refused. Five times as many bytes are held for them. */
const lettersMax = 32 * 1024 * 1024;
/** How long a publish may take, in ms. */
const publishMs = 5_000;
/** JetStream's codes for what is no fault here. */
const codes = { taken: 10_058, missing: 10_059, wrongLast: 10_071, outrun: 10_164 } as const;

/** How a stream stands, and how many of one subject's messages it holds. */
export interface Census {
  readonly description: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly count: number;
}

/** What this product asks of JetStream: each question is answered, or refused as `unavailable`; nothing is asked twice. */
export class Api {
  readonly #connection: Connection;
  readonly #refusals: Refusals;
  readonly #gate = new Gate(readsMax);
  #client: JetStreamClient | undefined;
  #manager: Promise<JetStreamManager> | undefined;
  #publishes = 0;
  #letters = 0;

  /** @param tell tells the operator that NATS has no room */
  constructor(connection: Connection, tell: (news: string) => void) {
    this.#connection = connection;
    this.#refusals = new Refusals(tell);
  }

  /**
   * Stores a message; resolves once a majority has it. @param id messages with an id seen in the last minutes are not stored again
   * @throws Refusal `unavailable` where that is not known; `too_large`
   */
  async publish(
    subject: string,
    payload: string,
    id?: string,
  ): Promise<{ readonly seq: number; readonly duplicate: boolean }> {
    try {
      return await this.#publish(subject, payload, id === undefined ? {} : { msgID: id });
    } catch (error) {
      throw this.#refusals.of(
        "it is not known whether it was stored: publish it again with the same key",
        error,
      );
    }
  }

  /** Stores a message where the subject's newest still has this sequence; false where it has another, or somebody else is about to write it. @throws Refusal `unavailable` */
  async replace(subject: string, payload: string, newest: number): Promise<boolean> {
    try {
      await this.#publish(subject, payload, { expect: { lastSubjectSequence: newest } });
      return true;
    } catch (error) {
      if (isCode(error, codes.wrongLast) || isCode(error, codes.outrun)) return false;
      throw this.#refusals.of("it is not known whether it was stored", error);
    }
  }

  /** How the stream stands, as its leader knows it; undefined where there is none. */
  census(stream: string, subject?: string): Promise<Census | undefined> {
    return this.#ask(async ({ streams }) => {
      try {
        const { config, state } = await streams.info(
          stream,
          subject ? { subjects_filter: subject } : undefined,
        );
        return {
          description: config.description ?? "",
          firstSeq: state.first_seq,
          lastSeq: state.last_seq,
          count: state.subjects?.[subject ?? ""] ?? 0,
        };
      } catch (error) {
        if (isCode(error, codes.missing)) return undefined;
        throw error;
      }
    });
  }

  /** Creates the stream; somebody else may have been faster. */
  create(config: Partial<StreamConfig> & { readonly name: string }): Promise<void> {
    return this.#ask(async ({ streams }) => {
      await streams.add(config).catch((error: unknown) => {
        if (!isCode(error, codes.taken)) throw error;
      });
    });
  }

  /** Writes another description into the stream. */
  describe(stream: string, description: string): Promise<void> {
    return this.#ask(async ({ streams }) => {
      await streams.update(stream, { description });
    });
  }

  /** The subject's newest message, as the leader knows it. */
  newest(stream: string, subject: string): Promise<StoredMsg | null> {
    return this.#ask(({ streams }) => streams.getMessage(stream, { last_by_subj: subject }));
  }

  /** The subject's first message from the sequence on, as the leader knows it. */
  from(stream: string, subject: string, seq: number): Promise<StoredMsg | null> {
    const query = { next_by_subj: subject, seq: Math.max(1, seq) };
    return this.#ask(({ streams }) => streams.getMessage(stream, query));
  }

  /** The message with the sequence, as the leader knows it. */
  at(stream: string, seq: number): Promise<StoredMsg | null> {
    return this.#ask(({ streams }) => streams.getMessage(stream, { seq }));
  }

  /** Some of the subject's messages after the sequence, oldest first, from any replica: it may lag behind. At most so many, and so many bytes. */
  async some(
    stream: string,
    subject: string,
    after: number,
    bound: { readonly messages: number; readonly bytes: number; readonly upTo: number },
  ): Promise<readonly StoredMsg[]> {
    if (readsBatches(this.#connection.client.info as ServerInfo))
      return this.#ask(async ({ direct }) => {
        const query = {
          next_by_subj: subject,
          seq: after + 1,
          batch: bound.messages,
          ...(bound.bytes < Infinity && { max_bytes: bound.bytes }),
        };
        const found: StoredMsg[] = [];
        try {
          for await (const message of await direct.getBatch(stream, query)) found.push(message);
        } catch (error) {
          if (!isNoneThere(error)) throw error;
        }
        return found;
      });
    const found: StoredMsg[] = [];
    for (let bytes = 0, seq = after; found.length < bound.messages && bytes < bound.bytes;) {
      if (seq >= bound.upTo) break;
      // Of old servers only the leader is believed: replicas of 2.9 were seen to hold the same messages under other sequences.
      const message = await this.from(stream, subject, seq + 1);
      if (message === null) break;
      found.push(message);
      ({ seq } = message);
      bytes += message.data.length;
    }
    return found;
  }

  async #publish(
    subject: string,
    payload: string,
    options: Partial<JetStreamPublishOptions>,
  ): Promise<PubAck> {
    const { client } = this.#connection;
    refuseTooLarge(payload, client.info);
    if (this.#publishes >= publishesMax || this.#letters >= lettersMax)
      throw new Refusal(
        "unavailable",
        `${this.#publishes} publishes wait for NATS already; nothing was stored`,
      );
    this.#client ??= jetstream(client);
    this.#publishes += 1;
    this.#letters += payload.length;
    try {
      const publishing = this.#client.publish(subject, payload, { ...options, timeout: publishMs });
      const ack = await this.#connection.orBroken(publishing);
      // Of a duplicate whose original is still on its way, servers before 2.11 know no sequence: it may yet be lost.
      if (ack.seq === 0) throw new Error("the acknowledgement has no sequence");
      return ack;
    } finally {
      this.#publishes -= 1;
      this.#letters -= payload.length;
    }
  }

  async #ask<Answer>(question: (manager: JetStreamManager) => Promise<Answer>): Promise<Answer> {
    try {
      return await this.#gate.pass(async () => {
        const { client } = this.#connection;
        this.#manager ??= jetstreamManager(client, { checkAPI: false });
        const manager = await this.#manager;
        return this.#connection.orBroken(question(manager));
      });
    } catch (error) {
      const isAnswer = error instanceof JetStreamApiError;
      throw this.#refusals.of(isAnswer ? "NATS refuses" : "NATS did not answer", error);
    }
  }
}

function refuseTooLarge(payload: string, info: ServerInfo | undefined): void {
  const most = (info?.max_payload ?? Infinity) - 1_024;
  // A letter is three bytes at the most.
  if (payload.length * 3 <= most || Buffer.byteLength(payload) <= most) return;
  throw new Refusal("too_large", `data: NATS takes messages of ${most} bytes (max_payload)`);
}

/** Whether a replica says that it holds nothing of what was asked for. */
function isNoneThere(error: unknown): boolean {
  return error instanceof JetStreamError && "code" in error && error.code === 404;
}
