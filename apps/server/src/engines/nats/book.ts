import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream";
import type { Retention } from "../retention.ts";
import type { Api } from "./api.ts";
import { Layout, shardOf, tokenOf } from "./layout.ts";
import type { Place } from "./place.ts";

/** How long the servers know a publish again by its key, in ms. */
const duplicateMs = 120_000;
const nanos = 1_000_000;

/** What all books are made with. */
export interface BookParts {
  readonly api: Api;
  readonly prefix: string;
  readonly shards: number;
  readonly replicas: () => number;
}

/** The streams for the topics of one retention. They share an epoch: who loses one of them loses it for all. */
export class Book {
  readonly retention: Retention | undefined;
  readonly layout: Layout;
  readonly shards: number;
  readonly #api: Api;
  readonly #replicas: () => number;
  #epoch: Promise<string> | undefined;

  constructor({ api, prefix, shards, replicas }: BookParts, retention: Retention | undefined) {
    this.retention = retention;
    this.layout = new Layout(prefix, retention);
    this.shards = shards;
    this.#api = api;
    this.#replicas = replicas;
  }

  /** Names this history: new where a stream was lost, and made again. @throws Refusal `unavailable` */
  epoch(): Promise<string> {
    this.#epoch ??= this.#open();
    return this.#epoch;
  }

  /** Looks at the streams again, and makes those that are missing. */
  async reopen(): Promise<string> {
    this.#epoch = undefined;
    return this.epoch();
  }

  place(topic: string): Place & { readonly shard: number } {
    const { layout } = this;
    const [shard, token] = [shardOf(topic, this.shards), tokenOf(topic)];
    return {
      api: this.#api,
      topic,
      shard,
      stream: layout.stream(shard),
      subject: layout.stored(shard, token),
      live: layout.live(shard, token),
      depth: layout.depth,
    };
  }

  async #open(): Promise<string> {
    try {
      const marks = await Promise.all(Array.from({ length: this.shards }, (_, shard) => this.#mark(shard)));
      return new Bun.CryptoHasher("sha256").update(marks.join(" ")).digest("base64url").slice(0, 12);
    } catch (error) {
      this.#epoch = undefined;
      throw error;
    }
  }

  /** What was written into the stream when it was made: its time of creation does not serve, servers change it with their leader. */
  async #mark(shard: number): Promise<string> {
    const name = this.layout.stream(shard);
    const found = await this.#api.census(name);
    if (found !== undefined) return found.description;
    await this.#api.create(this.#config(shard));
    return (await this.#api.census(name))?.description ?? "";
  }

  #config(shard: number): Partial<StreamConfig> & { readonly name: string } {
    const { layout } = this;
    return {
      name: layout.stream(shard),
      description: `e-${crypto.randomUUID()}`,
      subjects: [layout.stored(shard, "*")],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      num_replicas: this.#replicas(),
      max_msgs_per_subject: layout.depth,
      max_age: layout.ageMs * nanos,
      duplicate_window: duplicateMs * nanos,
      allow_direct: true,
      republish: { src: layout.stored(shard, ">"), dest: layout.live(shard, ">") },
    };
  }
}
