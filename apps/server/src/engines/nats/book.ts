import type { Retention } from "../retention.ts";
import { shardOf, shardsPerBook } from "./layout.ts";
import { Shard, type ShardParts } from "./shard.ts";
import { Stream, type StreamParts } from "./stream.ts";

/** What all books are made with. */
export type BookParts = StreamParts & Omit<ShardParts, "stream">;

/** The topics of one retention, shared out to some streams. */
export class Book {
  readonly retention: Retention | undefined;
  readonly shards: readonly Shard[];

  constructor(parts: BookParts, retention: Retention | undefined) {
    this.retention = retention;
    this.shards = Array.from(
      { length: shardsPerBook },
      (_, index) => new Shard({ ...parts, stream: new Stream(parts, retention, index) }),
    );
  }

  /** Which of the shards holds the topic. */
  shardOf(topic: string): Shard {
    return this.shards[shardOf(topic, shardsPerBook)] as Shard;
  }
}
