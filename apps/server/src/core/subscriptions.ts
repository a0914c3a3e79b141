import { crmIdOfTopic, topicOfCrmId } from "@switchboard/protocol";
import type { Prelude } from "./engine.ts";
import { Refusal } from "./errors.ts";
import type { Joined } from "./joining.ts";
import { tell } from "./session-hooks.ts";
import type { Entry } from "./sessions.ts";
import { SmallMap } from "./small-map.ts";
import { keyOf, type Subscription } from "./subscription.ts";
import type { Surroundings } from "./surroundings.ts";

/** What one session subscribes to. */
export class Subscriptions<Session extends Entry> {
  readonly #session: Session;
  readonly #node: Surroundings<Session>;
  readonly #subscriptions = new SmallMap<string, Subscription>();
  /** Those that the application is asked about: nothing is heard for them yet, not even as one of an audience. */
  #asked: Map<string, Subscription> | undefined;
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

  /** Whether the topic is subscribed to, under its own name. */
  has(topic: string): boolean {
    return this.#subscriptions.has(topic);
  }

  follows(crmId: string): boolean {
    const topic = topicOfCrmId(crmId);
    if (this.has(topic)) return true;
    return this.#hasAlias && [...this].some((one) => one.topic === topic && one.match === "exact");
  }

  /** See `Session.subscribe`. */
  async add(subscription: Subscription, prelude: Prelude | undefined): Promise<Joined> {
    const key = keyOf(subscription);
    this.#demandPlace(key);
    if (this.#node.hooks.onSubscribe !== undefined) await this.#ask(subscription, key);
    else this.#subscriptions.set(key, subscription);
    if (this.#subscriptions.get(key) !== subscription)
      throw new Refusal("canceled", `${subscription.topic} was left, or joined anew, before it was joined`);
    if (subscription.alias !== undefined) this.#hasAlias = true;
    try {
      return await this.#node.broker.join(this.#session, subscription, prelude);
    } catch (error) {
      if (this.#subscriptions.get(key) === subscription) this.#subscriptions.delete(key);
      throw error;
    }
  }

  /** See `Session.unsubscribe`. */
  remove(subscription: Subscription): void {
    const key = keyOf(subscription);
    const wasAsked = this.#asked?.delete(key) === true;
    if (this.#subscriptions.delete(key)) this.#leave(subscription);
    else if (!wasAsked) throw new Refusal("not_subscribed", `${subscription.topic} is not subscribed to`);
  }

  /** Leaves everything. */
  clear(): void {
    this.#asked?.clear();
    for (const subscription of this.#subscriptions.values()) this.#leave(subscription);
    this.#subscriptions.clear();
  }

  /** @throws Refusal `limit_exceeded`; `canceled` where the session has gone while something was found out for it */
  #demandPlace(key: string): void {
    if (this.#session.ended) throw new Refusal("canceled", "the session has ended");
    const { subscriptionsMax } = this.#node.limits;
    if (this.#subscriptions.has(key) || this.#asked?.has(key) === true) return;
    if (this.#subscriptions.size + (this.#asked?.size ?? 0) >= subscriptionsMax)
      throw new Refusal("limit_exceeded", `a session subscribes to ${subscriptionsMax} topics at most`);
  }

  /** Once the application has agreed it is subscribed to, unless it is not wanted any longer. */
  async #ask(subscription: Subscription, key: string): Promise<void> {
    const asked = (this.#asked ??= new Map());
    const isWanted = (): boolean => asked.get(key) === subscription;
    asked.set(key, subscription);
    try {
      await this.#node.hooks.onSubscribe?.(this.#session, subscription.topic);
      if (isWanted()) this.#subscriptions.set(key, subscription);
    } finally {
      if (isWanted()) asked.delete(key);
    }
  }

  #leave(subscription: Subscription): void {
    const { broker, hooks, report } = this.#node;
    broker.leave(this.#session, subscription);
    if (hooks.onUnsubscribe !== undefined)
      tell(hooks, this.#session, report, () => hooks.onUnsubscribe?.(this.#session, subscription.topic));
  }
}
