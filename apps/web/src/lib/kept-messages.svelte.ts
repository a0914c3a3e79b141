import type { Message } from "./snippets.ts";
import { stored } from "./stored.ts";

/** A message that was kept, and what there is to say of it: its title, or what became of it. */
export interface KeptMessage extends Message {
  readonly id: string;
  readonly at: number;
  readonly note: string;
}

const textLengthMax = 256 * 1024;

/** Messages kept in the browser, newest first: what was sent, or templates. */
export class KeptMessages {
  list = $state.raw<readonly KeptMessage[]>([]);
  readonly #max: number;
  readonly #kept;

  constructor(key: string, max: number) {
    this.#max = max;
    this.#kept = stored(() => localStorage, key, isKeptList);
    this.list = this.#kept.read() ?? [];
    addEventListener("storage", (event) => {
      if (event.key === key) this.list = this.#kept.read() ?? [];
    });
  }

  add({ crmIds, name, text }: Message, note: string): KeptMessage {
    const message = { id: messageId(), at: Date.now(), note, crmIds, name, text };
    if (text.length <= textLengthMax) this.#put([message, ...this.list]);
    return message;
  }

  remove(id: string): void {
    this.#put(this.list.filter((message) => message.id !== id));
  }

  rename(id: string, note: string): void {
    this.#put(this.list.map((message) => (message.id === id ? { ...message, note } : message)));
  }

  clear(): void {
    this.#put([]);
  }

  /** Puts back what was there before. */
  restore(list: readonly KeptMessage[]): void {
    this.#put(list);
  }

  #put(list: readonly KeptMessage[]): void {
    this.list = withinLimits(list, this.#max);
    this.#kept.write(this.list);
  }
}

/** The newest that fit: browsers give a page about 5 million units of storage. */
function withinLimits(list: readonly KeptMessage[], max: number): readonly KeptMessage[] {
  let length = 0;
  return list.slice(0, max).filter(({ text }) => (length += text.length) <= 4 * textLengthMax);
}

function isKeptList(value: unknown): value is readonly KeptMessage[] {
  return Array.isArray(value) && value.every(isKeptMessage);
}

function isKeptMessage(value: unknown): value is KeptMessage {
  if (typeof value !== "object" || value === null) return false;
  const { id, at, note, crmIds, name, text } = value as Record<string, unknown>;
  const texts = [id, note, name, text].every((part) => typeof part === "string");
  return (
    texts && typeof at === "number" && Array.isArray(crmIds) && crmIds.every((one) => typeof one === "string")
  );
}

/** Pages on plain http have no `crypto.randomUUID`. */
function messageId(): string {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
}
