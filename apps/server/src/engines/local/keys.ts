import type { Clock } from "../../core/clock.ts";
import type { Accepted } from "../../core/engine.ts";
import { Refusal } from "../../core/errors.ts";
import type { Draft, Event } from "../../core/event.ts";

/** How long a key is remembered, in ms. */
export const keyMs = 120_000;
/** How many keys are remembered; beyond it, the oldest are forgotten before their time. */
const keysMax = 200_000;

interface Known {
  readonly fingerprint: string;
  readonly accepted: Accepted;
  readonly at: number;
}

/** The idempotency keys of the last two minutes, and what their publishes were answered. */
export class Keys {
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The first answer, if the draft's key was seen. @throws Refusal where it was seen with another body */
  answered(topic: string, key: string, fingerprint: string): Accepted | undefined {
    const known = this.#known.get(nameOf(topic, key));
    if (known === undefined || known.at < this.#clock.now() - keyMs) return undefined;
    if (known.fingerprint !== fingerprint)
      throw new Refusal("invalid_argument", "key: was used for another publish in the last 2 minutes");
    return { ...known.accepted, duplicate: true };
  }

  remember(topic: string, key: string, fingerprint: string, accepted: Accepted): void {
    this.#forgetOld();
    const { event } = accepted;
    const answer = { ...accepted, event: bareOf(event) };
    this.#known.set(nameOf(topic, key), { fingerprint, accepted: answer, at: event.time });
  }

  #forgetOld(): void {
    const since = this.#clock.now() - keyMs;
    for (const [name, { at }] of this.#known) {
      if (at >= since && this.#known.size < keysMax) return;
      this.#known.delete(name);
    }
  }
}

/** What makes two publishes with one key the same publish: name and data. */
export function fingerprintOf({ name, data }: Draft): string {
  return new Bun.CryptoHasher("sha256").update(`${name}\n${data}`).digest("base64");
}

/** What an answer tells of the event: with their data and lists, the publishes of two minutes would fill the memory. */
function bareOf({ topic, offset, publication, name, time }: Event): Event {
  return { topic, offset, publication, name, time, data: "null" };
}

function nameOf(topic: string, key: string): string {
  return `${topic} ${key}`;
}
