import { DiscardPolicy, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import type { Retention } from "../retention.ts";
import type { Api } from "./api.ts";
import { beatToken, Layout, tokenOf } from "./layout.ts";
import type { Place } from "./place.ts";

/** How long the servers know a publish again by its key, in ms. */
const duplicateMs = 120_000;
const nanos = 1_000_000;

/** What streams are made with. */
export interface StreamParts {
  readonly api: Api;
  /** What all names in NATS begin with. */
  readonly prefix: string;
  readonly replicas: () => number;
}

/** How a stream stands: the name of its history, and the newest number in it. */
export interface Standing {
  readonly epoch: string;
  readonly lastSeq: number;
}

/**
 * The stream that holds some of the topics of one retention. Its epoch is what was written into it when it was made: its time of creation does not
 * serve, since servers change it with their leader.
 */
export class Stream {
  readonly name: string;
  readonly #parts: StreamParts;
  readonly #layout: Layout;
  readonly #index: number;

  constructor(parts: StreamParts, retention: Retention | undefined, index: number) {
    this.#parts = parts;
    this.#layout = new Layout(parts.prefix, retention);
    this.#index = index;
    this.name = this.#layout.stream(index);
  }

  /** Where what has this token is published to be stored. */
  stored(token: string): string {
    return this.#layout.stored(this.#index, token);
  }

  /** Where it is heard once it is stored. */
  live(token: string): string {
    return this.#layout.live(this.#index, token);
  }

  place(topic: string): Place {
    const token = tokenOf(topic);
    const [subject, live] = [this.stored(token), this.live(token)];
    return { api: this.#parts.api, topic, stream: this.name, subject, live, depth: this.#layout.depth };
  }

  /** How it stands; where it is missing, it is made. @throws Refusal `unavailable` */
  async look(): Promise<Standing> {
    const { api } = this.#parts;
    let found = await api.census(this.name);
    if (found === undefined) {
      await this.#make();
      found = await api.census(this.name);
    }
    const { description = "", lastSeq = 0 } = found ?? {};
    return { epoch: epochOf(description), lastSeq };
  }

  /**
   * How it stands for whoever knows this much of it. Where a number was there, and is no more, an old copy was put in its place: then it is renamed, to be
   * another history. @throws Refusal `unavailable`
   */
  async lookPast(known: Standing): Promise<Standing & { readonly isRenamed: boolean }> {
    const { api } = this.#parts;
    const isOlder = ({ epoch, lastSeq }: Standing) => epoch === known.epoch && lastSeq < known.lastSeq;
    const found = await this.look();
    if (!isOlder(found)) return { ...found, isRenamed: false };
    // Who led the stream, and stood still, may tell an old number: what a majority stores now has the one after the right one.
    const lastSeq = (await api.publish(this.stored(beatToken), "")).seq - 1;
    const sure = { ...(await this.look()), lastSeq };
    if (!isOlder(sure)) return { ...sure, isRenamed: false };
    await api.describe(this.name, newMark());
    return { ...(await this.look()), isRenamed: true };
  }

  #make(): Promise<void> {
    const { api, replicas } = this.#parts;
    return api.create({
      name: this.name,
      description: newMark(),
      subjects: [this.stored("*")],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      num_replicas: replicas(),
      max_msgs_per_subject: this.#layout.depth,
      max_age: this.#layout.ageMs * nanos,
      duplicate_window: duplicateMs * nanos,
      allow_direct: true,
      republish: { src: this.stored(">"), dest: this.live(">") },
    });
  }
}

function newMark(): string {
  return `e-${crypto.randomUUID()}`;
}

function epochOf(mark: string): string {
  return new Bun.CryptoHasher("sha256").update(mark).digest("base64url").slice(0, 12);
}
