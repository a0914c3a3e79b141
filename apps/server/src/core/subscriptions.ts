import { crmIdOfTopic, topicOfCrmId } from "@switchboard/protocol";
import type { Prelude } from "./engine.ts";
import { Refusal } from "./errors.ts";
import type { Joined } from "./joining.ts";
import { tell } from "./session-hooks.ts";
import type { Entry } from "./sessions.ts";
import { keyOf, type Subscription } from "./subscription.ts";
import type { Surroundings } from "./surroundings.ts";

/** What one session subscribes to. */
export class Subscriptions<Session extends Entry> {
  readonly #session: Session;
  readonly #node: Surroundings<Session>;
  readonly #subscriptions = new Map<string, Subscription>();
  #hasAlias = false;

  constructor(session: Session, node: Surroundings<Session>) {
    this.#session = session;
    this.#node = node;
  }

  [Symbol.iterator](): Iterator<Subscription> {
    return this.#subscriptions.values();
  }

  /** The crmIds that are followed. */
  get crmIds(): string[] {
    const topics = [...this].filter(({ match }) => match === "exact").map(({ topic }) => topic);
    return [...new Set(topics)].flatMap((topic) => crmIdOfTopic(topic) ?? []);
  }

  follows(crmId: string): boolean {
    const topic = topicOfCrmId(crmId);
    if (this.#subscriptions.has(topic)) return true;
    return this.#hasAlias && [...this].some((one) => one.topic === topic && one.match === "exact");
  }

  /** See `Session.subscribe`. */
  async add(subscription: Subscription, prelude: Prelude | undefined): Promise<Joined> {
    const key = keyOf(subscription);
    const { subscriptionsMax } = this.#node.limits;
    if (!this.#subscriptions.has(key) && this.#subscriptions.size >= subscriptionsMax)
      throw new Refusal("limit_exceeded", `a session subscribes to ${subscriptionsMax} topics at most`);
    this.#subscriptions.set(key, subscription);
    if (subscription.alias !== undefined) this.#hasAlias = true;
    try {
      if (this.#node.hooks.onSubscribe !== undefined) await this.#ask(subscription, key);
      return await this.#node.broker.join(this.#session, subscription, prelude);
    } catch (error) {
      if (this.#subscriptions.get(key) === subscription) this.#subscriptions.delete(key);
      throw error;
    }
  }

  /** See `Session.unsubscribe`. */
  remove(subscription: Subscription): void {
    if (!this.#subscriptions.delete(keyOf(subscription)))
      throw new Refusal("not_subscribed", `${subscription.topic} is not subscribed to`);
    this.#leave(subscription);
  }

  /** Leaves everything. */
  clear(): void {
    for (const subscription of this.#subscriptions.values()) this.#leave(subscription);
    this.#subscriptions.clear();
  }

  async #ask(subscription: Subscription, key: string): Promise<void> {
    await this.#node.hooks.onSubscribe?.(this.#session, subscription.topic);
    if (this.#subscriptions.get(key) !== subscription)
      throw new Refusal("canceled", `${subscription.topic} was left, or joined anew, before it was joined`);
  }

  #leave(subscription: Subscription): void {
    const { broker, hooks, report } = this.#node;
    broker.leave(this.#session, subscription);
    if (hooks.onUnsubscribe !== undefined)
      tell(hooks, this.#session, report, () => hooks.onUnsubscribe?.(this.#session, subscription.topic));
  }
}
