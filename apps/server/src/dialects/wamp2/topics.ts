import type * as z from "zod";
import type { Prelude } from "../../core/engine.ts";
import { Refusal } from "../../core/errors.ts";
import { identityOf } from "../../core/identity.ts";
import { publicationOf } from "../../core/publication.ts";
import type { Session } from "../../core/session.ts";
import { keyOf, type Subscription } from "../../core/subscription.ts";
import { numberOf } from "./ids.ts";
import { codes } from "./message.ts";
import { publishOptions, readOptions, subscribeOptions } from "./options.ts";
import { checkOwnUri, subscriptionOf } from "./uri.ts";
import type { Voice } from "./voice.ts";

type SubscribeOptions = z.output<typeof subscribeOptions>;
type Options = Readonly<Record<string, unknown>>;

/** Publishing and subscribing in one conversation. A subscription's number is its room's: the same for everybody on this node. */
export class Topics {
  readonly #session: Session;
  readonly #voice: Voice;
  readonly #subscribed = new Map<number, Subscription>();
  readonly #numbers = new Map<string, Promise<number>>();

  constructor(session: Session, voice: Voice) {
    this.#session = session;
    this.#voice = voice;
  }

  /** @throws Refusal */
  async subscribe(request: number, given: Options, topic: string): Promise<void> {
    const options = readOptions(subscribeOptions, given);
    const { match = "exact", _last: last } = options;
    const subscription = subscriptionOf(topic, match);
    if (last !== undefined && match !== "exact")
      throw new Refusal("invalid_argument", "Options: _last: a pattern hears live events only");
    const key = keyOf(subscription);
    const prelude = preludeOf(options);
    const known = prelude === undefined ? this.#numbers.get(key) : undefined;
    if (known !== undefined) return this.#voice.say([codes.subscribed, request, await known]);
    const joining = this.#join(request, subscription, prelude);
    this.#numbers.set(key, joining);
    try {
      await joining;
    } catch (error) {
      if (this.#numbers.get(key) === joining) this.#numbers.delete(key);
      throw error;
    }
  }

  /** @throws Refusal */
  unsubscribe(request: number, number: number): void {
    const subscription = this.#subscribed.get(number);
    if (subscription === undefined)
      throw new Refusal("not_subscribed", `this session has no subscription ${number}`);
    this.#session.unsubscribe(subscription);
    this.#subscribed.delete(number);
    this.#numbers.delete(keyOf(subscription));
    this.#voice.say([codes.unsubscribed, request]);
  }

  /** Answers only what is to be acknowledged; other publishes fail without a word, as WAMP wants it, but for one in the log. */
  async publish(request: number, given: Options, topic: string, data: string | undefined): Promise<void> {
    const isAcknowledged = given["acknowledge"] === true;
    try {
      const publication = await this.#publish(given, topic, data ?? "null");
      if (isAcknowledged) this.#voice.say([codes.published, request, numberOf(publication)]);
    } catch (error) {
      if (isAcknowledged || !(error instanceof Refusal)) throw error;
      this.#session.node.unsaid(this.#session, error);
    }
  }

  async #publish(given: Options, topic: string, data: string): Promise<string> {
    const options = readOptions(publishOptions, given);
    checkOwnUri(topic);
    const { _name: name, _key: key, _only_crm_ids: onlyCrmIds } = options;
    const { node, id } = this.#session;
    const body = {
      topic,
      data,
      exclude: options.exclude,
      excludeSubjects: options.exclude_authid,
      excludeRoles: options.exclude_authrole,
      eligible: options.eligible,
      eligibleSubjects: options.eligible_authid,
      eligibleRoles: options.eligible_authrole,
      onlyCrmIds,
      name,
      key,
      echo: options.exclude_me === false,
      retain: options.retain,
      publisher: options.disclose_me === true ? identityOf(this.#session) : undefined,
    };
    const publication = publicationOf(body, data, node.publicationId(), id);
    const { accepted } = await this.#session.publish(publication);
    return accepted[0]?.event.publication ?? publication.draft.publication;
  }

  async #join(request: number, subscription: Subscription, prelude: Prelude | undefined): Promise<number> {
    const joined = await this.#session.subscribe(subscription, prelude);
    const { room, retained } = joined;
    this.#subscribed.set(room, subscription);
    this.#voice.say([codes.subscribed, request, room]);
    if (retained !== undefined)
      this.#voice.tell(retained, { number: room, isPattern: false }, { retained: true });
    joined.start();
    return room;
  }
}

function preludeOf({ _last: last, get_retained: retained }: SubscribeOptions): Prelude | undefined {
  if (last !== undefined) return { last };
  return retained === true ? { retained } : undefined;
}
