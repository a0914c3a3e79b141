import { DiscardPolicy, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { Refusal } from "../../core/errors.ts";
import type { Event } from "../../core/event.ts";
import type { Api } from "./api.ts";
import { tokenOf } from "./layout.ts";
import { Opening } from "./opening.ts";
import { decodeRecord } from "./record.ts";

/** Attempts at writing where other nodes write the same topic's last word. */
const triesMax = 20;

/** What the last words are kept with. */
export interface LastWordsParts {
  readonly api: Api;
  readonly prefix: string;
  readonly replicas: () => number;
  /** How many topics may have one; beyond it the oldest are forgotten. */
  readonly max: number;
}

/** The newest event of each topic that was published with `retain`: a stream with one message a topic. */
export class LastWords {
  readonly #parts: LastWordsParts;
  readonly #stream: string;
  readonly #opening = new Opening(() => this.#make());
  /** Writes of this node in one topic follow each other. */
  readonly #writes = new Map<string, Promise<void>>();

  constructor(parts: LastWordsParts) {
    this.#parts = parts;
    this.#stream = `${parts.prefix}-retained`;
  }

  /** Makes the stream, if it is not there. @throws Refusal `unavailable` */
  open(): Promise<void> {
    return this.#opening.again();
  }

  async get(topic: string): Promise<Event | undefined> {
    return (await this.#opening.use(() => this.#read(topic)))?.event;
  }

  /** Keeps the event, unless a newer one is kept. @param record as it is stored @throws Refusal `unavailable` */
  async keep(event: Event, epoch: string, record: string): Promise<void> {
    const { topic } = event;
    const before = this.#writes.get(topic) ?? Promise.resolve();
    const write = before
      .catch(() => {})
      .then(() => this.#opening.use(() => this.#write(event, epoch, record)));
    this.#writes.set(topic, write);
    try {
      await write;
    } finally {
      if (this.#writes.get(topic) === write) this.#writes.delete(topic);
    }
  }

  async #write({ topic, offset }: Event, epoch: string, record: string): Promise<void> {
    const { api } = this.#parts;
    for (let tries = 0; tries < triesMax; tries++) {
      const known = await this.#read(topic);
      if (known !== undefined && known.epoch === epoch && known.event.offset >= offset) return;
      const payload = `${epoch} ${offset}\n${record}`;
      if (await api.replace(this.#subject(topic), payload, known?.seq ?? 0)) return;
    }
    throw new Refusal(
      "unavailable",
      "too many write the topic's last word; it is stored, but may not be retained",
    );
  }

  async #read(topic: string) {
    const message = await this.#parts.api.newest(this.#stream, this.#subject(topic));
    if (message === null) return undefined;
    const text = message.string();
    const end = text.indexOf("\n");
    const [epoch = "", offset = ""] = text.slice(0, end).split(" ");
    return { seq: message.seq, epoch, event: decodeRecord(topic, Number(offset), text.slice(end + 1)) };
  }

  async #make(): Promise<void> {
    const { api, max, prefix, replicas } = this.#parts;
    if ((await api.census(this.#stream)) !== undefined) return;
    await api.create({
      name: this.#stream,
      subjects: [`${prefix}.r.*`],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      num_replicas: replicas(),
      max_msgs_per_subject: 1,
      max_msgs: max,
    });
  }

  #subject(topic: string): string {
    return `${this.#parts.prefix}.r.${tokenOf(topic)}`;
  }
}
