import type { Broker } from "./broker.ts";
import type { Accepted } from "./engine.ts";
import type { Publication } from "./publication.ts";
import type { Receipt, Receipts } from "./receipts.ts";
import type { ReceiverCount } from "./receivers.ts";
import type { Tally } from "./tally.ts";

/** Looks at a publish before it is published: lets it pass, changes it, or throws a Refusal. */
export type PublishGuard<Session> = (
  session: Session | undefined,
  publication: Publication,
) => Publication | Promise<Publication>;

/** What became of a publish. */
export interface Outcome {
  readonly accepted: readonly Accepted[];
  /** Where it was asked for. */
  readonly receipt?: Promise<Receipt>;
}

interface PublisherParts {
  readonly broker: Broker;
  readonly receipts: Receipts;
  readonly count: ReceiverCount;
  readonly tally: Tally;
}

/** The one door for publishes, whatever they came through: contract, hooks and receipts hold here. */
export class Publisher<Session extends object> {
  readonly #broker: Broker;
  readonly #receipts: Receipts;
  readonly #count: ReceiverCount;
  readonly #tally: Tally;
  readonly #guards: readonly PublishGuard<Session>[];
  /** Of each session, when all that it has published so far has been looked at. */
  readonly #looked = new WeakMap<Session, Promise<void>>();

  constructor({ broker, receipts, count, tally }: PublisherParts, guards: readonly PublishGuard<Session>[]) {
    this.#broker = broker;
    this.#receipts = receipts;
    this.#count = count;
    this.#tally = tally;
    this.#guards = guards;
  }

  /**
   * Publishes for a session, or for a back end.
   * @param receiptMs how long to wait for acknowledgements, if they are asked for
   * @throws Refusal
   */
  publish(session: Session | undefined, publication: Publication, receiptMs?: number): Promise<Outcome> {
    const { topics, draft } = publication;
    if (this.#guards.length === 0 && receiptMs === undefined && topics.length === 1 && draft.counted !== true)
      return this.#broker.publishTo(topics[0] as string, draft).then(outcomeOf, this.#refuse);
    return this.#publishGuarded(session, publication, receiptMs).catch(this.#refuse);
  }

  readonly #refuse = (error: unknown): never => {
    this.#tally.publishRefused(error);
    throw error;
  };

  async #publishGuarded(
    session: Session | undefined,
    publication: Publication,
    receiptMs: number | undefined,
  ): Promise<Outcome> {
    // Where nobody looks at publishes, they are handed on at once, in their order with others.
    const guarded =
      this.#guards.length === 0 ? publication : await this.#inTurn(session, this.#look(session, publication));
    if (receiptMs !== undefined) return this.#publishAwaited(guarded, receiptMs);
    return this.#publishAll(guarded);
  }

  async #look(session: Session | undefined, publication: Publication): Promise<Publication> {
    let guarded = publication;
    for (const guard of this.#guards) guarded = await guard(session, guarded);
    return guarded;
  }

  /** What a session publishes keeps its order, however long each is looked at. */
  async #inTurn(session: Session | undefined, looking: Promise<Publication>): Promise<Publication> {
    if (session === undefined) return looking;
    const before = this.#looked.get(session);
    const done = looking.then(
      () => before,
      () => before,
    );
    this.#looked.set(session, done);
    await before;
    return looking;
  }

  async #publishAll({ topics, draft }: Publication): Promise<Outcome> {
    const accepted = await this.#broker.publish(topics, draft);
    if (draft.counted !== true) return { accepted };
    return { accepted: (await this.#counted(accepted)).map(({ one }) => one) };
  }

  async #publishAwaited({ topics, draft }: Publication, receiptMs: number): Promise<Outcome> {
    const awaited = this.#receipts.await(receiptMs, topics.length);
    const accepted = await this.#broker.publish(topics, { ...draft, ack: awaited.token, counted: true });
    const counted = await this.#counted(accepted);
    const receivers = counted.reduce((sum, { sent }) => sum + sent, 0);
    return { accepted: counted.map(({ one }) => one), receipt: awaited.receipt(receivers) };
  }

  /** How many were sent each event; over several nodes it is counted. A duplicate was not sent again. */
  #counted(accepted: readonly Accepted[]): Promise<{ readonly one: Accepted; readonly sent: number }[]> {
    return Promise.all(
      accepted.map(async (one) => {
        if (one.duplicate) return { one, sent: 0 };
        if (one.receivers !== undefined) return { one, sent: one.receivers };
        const { receivers, isWhole } = await this.#count.count(one.event);
        return { one: isWhole ? { ...one, receivers } : one, sent: receivers };
      }),
    );
  }
}

const outcomeOf = (accepted: Accepted): Outcome => ({ accepted: [accepted] });
