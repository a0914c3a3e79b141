import { DiscardPolicy, StorageType } from "@nats-io/jetstream";
import { Refusal } from "../../core/errors.ts";
import type { Once } from "../../core/once.ts";
import type { Api } from "./api.ts";
import { tokenOf } from "./layout.ts";
import { Opening } from "./opening.ts";

/** How long a used ticket is remembered, in ms: for longer than any is good. */
const usedMs = 2 * 3_600_000;
const nanos = 1_000_000;

/** What the records are made of. */
export interface RecordParts {
  readonly api: Api;
  readonly prefix: string;
  readonly replicas: () => number;
}

/** The little that nodes must agree on, in streams of their own: who writes a subject first has written it for all. */
export class Records implements Once {
  readonly #parts: RecordParts;
  readonly #opening = new Opening(() => this.#agree());
  #secret: string | undefined;

  constructor(parts: RecordParts) {
    this.#parts = parts;
  }

  /** What all nodes sign with. @throws Refusal `unavailable` until `open` has resolved */
  get secret(): string {
    if (this.#secret === undefined)
      throw new Refusal("unavailable", "the nodes' common secret is not known yet");
    return this.#secret;
  }

  /** Makes the streams if they are not there, and agrees with the other nodes. @throws Refusal `unavailable` */
  open(): Promise<void> {
    return this.#opening.again();
  }

  async useUp(id: string): Promise<void> {
    const isFirst = await this.#opening.use(() => {
      return this.#parts.api.replace(this.#subject("used", tokenOf(id)), "", 0);
    });
    if (!isFirst) throw new Refusal("unauthenticated", "ticket: was used already");
  }

  async #agree(): Promise<void> {
    const { api } = this.#parts;
    await Promise.all([this.#create("secret", 0), this.#create("used", usedMs)]);
    const [stream, subject] = [this.#stream("secret"), this.#subject("secret", "signing")];
    const agreed = async () => (await api.newest(stream, subject))?.string();
    // Where the stream was lost, what was agreed on goes on.
    const mine = this.#secret ?? crypto.randomUUID() + crypto.randomUUID();
    // It is read first: where NATS is full, nothing can be written, though it be known already.
    const secret = (await agreed()) ?? ((await api.replace(subject, mine, 0)) ? mine : await agreed());
    if (secret === undefined)
      throw new Refusal("unavailable", "another node is about to write the common secret");
    this.#secret = secret;
  }

  async #create(what: string, ageMs: number): Promise<void> {
    const { api, replicas } = this.#parts;
    await api.create({
      name: this.#stream(what),
      subjects: [this.#subject(what, "*")],
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      num_replicas: replicas(),
      max_msgs_per_subject: 1,
      max_age: ageMs * nanos,
    });
  }

  #stream(what: string): string {
    return `${this.#parts.prefix}-${what}`;
  }

  #subject(what: string, name: string): string {
    return `${this.#parts.prefix}.${what}.${name}`;
  }
}
