import type { Retention } from "../retention.ts";

/** How many streams share the topics of one retention. To change it is to lose the history: it is part of the streams' names. */
export const shardsPerBook = 4;
/** Events that are kept of a topic in any case, heartbeats among them: those beyond its retention for those only who lost them on the way. */
export const slackEvents = 100;
/** How much longer than promised events are kept, in ms: clocks differ, and idempotency keys live for 2 minutes in any case. */
const marginMs = 300_000;

/** Where things are in NATS, for the topics of one retention. */
export class Layout {
  readonly #prefix: string;
  readonly #book: string;
  /** How many events of a topic a stream holds, and for how long, in ms: at least one more than is promised. */
  readonly depth: number;
  readonly ageMs: number;

  /** @param prefix what all names begin with: several clusters may share NATS servers */
  constructor(prefix: string, retention: Retention | undefined) {
    const { events, ageMs } = retention ?? { events: 0, ageMs: 0 };
    this.#prefix = prefix;
    this.#book = `${events}-${ageMs}`;
    this.depth = 1 + Math.max(events, slackEvents);
    this.ageMs = ageMs + marginMs;
  }

  stream(shard: number): string {
    return `${this.#prefix}-${this.#book}-${shard}`;
  }

  /** Where the shard's events are published to be stored; of one topic, or of all. */
  stored(shard: number, token: string): string {
    return `${this.#prefix}.h.${this.#book}.${shard}.${token}`;
  }

  /** Where they are heard once they are stored. */
  live(shard: number, token: string): string {
    return `${this.#prefix}.l.${this.#book}.${shard}.${token}`;
  }
}

/** The token of the heartbeats: no topic has it. */
export const beatToken = "=hb";

/** Which of the shards holds the topic. */
export function shardOf(topic: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(topic)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % shards;
}

/** The topic as one token of a NATS subject: every byte but letters, digits, `_` and `-` is `=XX`. */
export function tokenOf(topic: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(topic)) return topic;
  let token = "";
  for (const byte of encoder.encode(topic)) {
    const letter = String.fromCharCode(byte);
    token += /[A-Za-z0-9_-]/.test(letter) ? letter : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return token;
}

/** The topic that a subject speaks of by its last token. */
export function topicOf(subject: string): string {
  const token = subject.slice(subject.lastIndexOf(".") + 1);
  return token.includes("=") ? decodeURIComponent(token.replaceAll("=", "%")) : token;
}

const encoder = new TextEncoder();
