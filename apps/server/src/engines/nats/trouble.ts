import type { ConnectionOptions } from "@nats-io/transport-node";
import type { AccessFiles } from "./access.ts";
import { dial } from "./dial.ts";
import { faultWords } from "./fault-words.ts";

/** How long NATS is away before it is asked why, and again, in ms. */
const askMs = 2_000;
/** Different reasons that are told while it is away. */
const reasonsMax = 20;

/** What it takes to find out. */
export interface TroubleParts {
  readonly options: ConnectionOptions;
  readonly files?: AccessFiles;
  readonly tell: (news: string) => void;
}

/** Why NATS is away, as far as that is known: each reason is told once until it is back. */
export class Trouble {
  readonly #parts: TroubleParts;
  readonly #told = new Set<string>();
  #why = "";
  #isAsking = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: TroubleParts) {
    this.#parts = parts;
  }

  /** In words for operators; empty where it is not known. */
  get why(): string {
    return this.#why;
  }

  /** This is what kept it away. */
  hear(error: unknown): void {
    const { files, options, tell } = this.#parts;
    this.#why = faultWords(error, files);
    if (this.#told.has(this.#why) || this.#told.size >= reasonsMax) return;
    this.#told.add(this.#why);
    tell(`waiting for NATS at ${[options.servers].flat().join(", ")}: ${this.#why}`);
  }

  /** Asks until `end`: the client library comes back by itself, but does not say what keeps it from that. */
  ask(): void {
    this.#isAsking = true;
    this.#askLater();
  }

  /** It is back, or nobody waits any longer. */
  end(): void {
    this.#isAsking = false;
    clearTimeout(this.#timer);
    this.#told.clear();
    this.#why = "";
  }

  async #askOnce(): Promise<void> {
    try {
      const connection = await dial({ ...this.#parts.options, reconnect: false });
      await connection.close();
    } catch (error) {
      if (this.#isAsking) this.hear(error);
    }
    if (this.#isAsking) this.#askLater();
  }

  #askLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#askOnce(), askMs);
  }
}
