import { isTopic, topicBytesMax } from "@switchboard/protocol";
import { Refusal } from "../../core/errors.ts";
import type { Joined } from "../../core/joining.ts";
import type { Session } from "../../core/session.ts";
import { keyOf, type Subscription } from "../../core/subscription.ts";
import type { Named } from "./prefixes.ts";

/** What one session subscribes to. In this language nothing is wrong with joining twice, or with leaving what was not joined. */
export class Topics {
  readonly #session: Session;
  readonly #joins = new Map<string, Subscription>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** Undefined where it is joined already. @throws Refusal */
  async join(named: Named): Promise<Joined | undefined> {
    demandName(named);
    const join = { ...named, match: "exact" } as const;
    const key = keyOf(join);
    if (this.#joins.has(key)) return undefined;
    this.#joins.set(key, join);
    try {
      return await this.#session.subscribe(join);
    } catch (error) {
      if (this.#joins.get(key) === join) this.#joins.delete(key);
      throw error;
    }
  }

  /** @throws Refusal where the join is being refused */
  leave(named: Named): void {
    const join = { ...named, match: "exact" } as const;
    if (this.#joins.delete(keyOf(join))) this.#session.unsubscribe(join);
  }
}

/** @throws Refusal `invalid_argument` */
export function demandName({ topic }: Named): void {
  if (isTopic(topic)) return;
  const right = `1–${topicBytesMax} bytes without white space or control characters`;
  throw new Refusal(
    "invalid_argument",
    `${JSON.stringify(topic.slice(0, 80))}: a topic or a procedure has ${right}`,
  );
}
