import { type Publication, publicationMembers, type Published, type Receipt } from "./publication.ts";
import type { Requests } from "./requests.ts";
import { SwitchboardError } from "./switchboard-error.ts";
import { longestMs } from "./timer.ts";

/** Publishes made while offline wait: at most `max` of them, each at most `ageMs`. */
export interface Queue {
  readonly max: number;
  readonly ageMs: number;
}

/** What an outbox needs of the client. */
export interface OutboxPorts {
  readonly requests: Requests;
  /** Whether frames may be sent. */
  isLive(): boolean;
  send(text: string): void;
  /** No publish is under way any more. */
  idle(): void;
}

interface Entry {
  readonly members: string;
  readonly key: boolean;
  readonly receiptMs: number | undefined;
  expiresAt: number;
  sent: boolean;
  resolve(published: Published): void;
  reject(error: SwitchboardError): void;
}

/** How many publishes may wait for their answers at the same time. */
const underWayMax = 10_000;
/** For how long a key surely protects from publishing twice: a little less than the server's 2 minutes. */
const keyHoldsMs = 110_000;

/**
 * The publishes that wait for a connection, or for their answers. They are sent in the order they were made; what was under way when
 * the connection broke is sent again first, but only with a key, since nobody knows whether it was published.
 */
export class Outbox {
  readonly #queue: Queue | undefined;
  readonly #ports: OutboxPorts;
  readonly #underWay = new Set<Entry>();
  #waiting: Entry[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(queue: Queue | undefined, ports: OutboxPorts) {
    this.#queue = queue;
    this.#ports = ports;
  }

  /** Whether nothing waits for an answer. */
  get isIdle(): boolean {
    return this.#underWay.size === 0;
  }

  /** Sends the publication, or keeps it for later. Rejects with a SwitchboardError. */
  publish(publication: Publication): Promise<Published> {
    return new Promise((resolve, reject) => {
      const entry: Entry = {
        members: publicationMembers(publication),
        key: publication.key !== undefined,
        receiptMs: publication.receipt,
        expiresAt: Date.now() + (this.#queue?.ageMs ?? 0),
        sent: false,
        resolve,
        reject,
      };
      if (this.#underWay.size >= underWayMax)
        throw new SwitchboardError("limit_exceeded", `${underWayMax} publishes wait for their answers`);
      if (this.#ports.isLive()) return this.#send(entry);
      if (this.#queue === undefined)
        throw new SwitchboardError("offline", "not connected; nothing was published");
      if (this.#waiting.length >= this.#queue.max)
        throw new SwitchboardError("limit_exceeded", `${this.#queue.max} publishes wait for a connection`);
      // Those that wait already expire before it.
      if (this.#waiting.push(entry) === 1) this.#watchAge();
    });
  }

  /** The connection stands: what waits is sent. */
  live(): void {
    this.#expire();
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#watchAge();
    for (const entry of waiting) this.#send(entry);
  }

  /** The connection is gone. To be called before the requests fail. */
  lost(): void {
    const again: Entry[] = [];
    for (const entry of this.#underWay) {
      if (this.#queue !== undefined && entry.key) again.push(entry);
      else entry.reject(unknownOutcome());
    }
    this.#underWay.clear();
    this.#waiting = [...again, ...this.#waiting];
    this.#watchAge();
  }

  /** Nothing will be sent any more. */
  close(error: SwitchboardError): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#watchAge();
    for (const entry of waiting) entry.reject(entry.sent ? unknownOutcome() : error);
  }

  #send(entry: Entry): void {
    const { requests } = this.#ports;
    if (!entry.sent) entry.expiresAt = Math.min(entry.expiresAt, Date.now() + keyHoldsMs);
    entry.sent = true;
    this.#underWay.add(entry);
    let request = 0;
    requests.ask(
      (id) => {
        request = id;
        this.#ports.send(`{"type":"publish","id":${id},${entry.members}}`);
      },
      (answer) => {
        if (!this.#underWay.delete(entry)) return;
        if (answer instanceof SwitchboardError) entry.reject(answer);
        else if (answer.type === "published") entry.resolve(this.#published(answer, request, entry));
        if (this.isIdle) this.#ports.idle();
      },
    );
  }

  #published({ publication, results }: Published, id: number, { receiptMs }: Entry): Published {
    if (receiptMs === undefined) return { publication, results };
    const receipt = new Promise<Receipt>((resolve, reject) => {
      this.#ports.requests.expect(id, receiptMs, (answer) => {
        if (answer instanceof SwitchboardError) reject(answer);
        else if (answer.type === "receipt") resolve({ acked: answer.acked, receivers: answer.receivers });
      });
    });
    // Whoever does not look at the receipt need not hear that it never came.
    receipt.catch(() => undefined);
    return { publication, results, receipt };
  }

  #expire(): void {
    const now = Date.now();
    for (const entry of this.#waiting) {
      if (entry.expiresAt > now) continue;
      entry.reject(
        entry.sent
          ? unknownOutcome()
          : new SwitchboardError("offline", "no connection in time; nothing was published"),
      );
    }
    this.#waiting = this.#waiting.filter((entry) => entry.expiresAt > now);
  }

  /** One timer, for the one that expires first. */
  #watchAge(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.length === 0) return;
    const first = this.#waiting.reduce((least, { expiresAt }) => Math.min(least, expiresAt), Infinity);
    this.#timer = setTimeout(
      () => {
        this.#expire();
        this.#watchAge();
      },
      Math.min(Math.max(0, first - Date.now()), longestMs),
    );
  }
}

function unknownOutcome(): SwitchboardError {
  return new SwitchboardError("unavailable", "the connection broke before the answer: outcome unknown");
}
