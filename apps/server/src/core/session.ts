import { crmIdOfTopic, topicOfCrmId } from "@switchboard/protocol";
import type { Broker, Subscription } from "./broker.ts";
import type { Clock } from "./clock.ts";
import type { Dealer } from "./dealer.ts";
import type { Accepted, HistoryQuery } from "./engine.ts";
import { Close, Refusal } from "./errors.ts";
import type { Draft } from "./event.ts";
import type { Joined } from "./joining.ts";
import type { Limits } from "./limits.ts";
import type { Language, Member } from "./member.ts";
import { Outbox } from "./outbox.ts";
import { Rate } from "./rate.ts";
import { SessionCalls } from "./session-calls.ts";
import type { Sessions } from "./sessions.ts";
import type { Socket } from "./socket.ts";
import type { Turn } from "./turn.ts";

/** What a session is given of its node. */
export interface Node {
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly sessions: Sessions<Session>;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly turn: Turn;
  /** The product and its version, as a welcome tells them. */
  readonly server: string;
  readonly version: string;
  /** How long a session may be silent, in ms, before it is asked for a sign of life. */
  readonly heartbeatMs: number;
  /** A new publication's unique id. */
  publicationId(): string;
  /** Logs a fault of ours. */
  report(error: unknown): void;
}

/** What was known of a connection when it opened. */
export interface Opening {
  readonly address: string;
  /** The crmIds that the URL names, as they stand there. */
  readonly crmIds: readonly string[];
}

/** The dialect's end of a conversation. */
export interface Conversation {
  /** Hears one frame; while a promise is pending, the later frames wait. What it throws ends the session. */
  hear(frame: string): void | Promise<void>;
  /** Tells the client that the server is about to end, and when to come back; the connection is closed after that. */
  drain(retryAfterMs: number): void;
}

/** One connection: all that a dialect may do. Limits hold here, for every dialect alike. */
export class Session implements Member {
  readonly node: Node;
  readonly language: Language;
  readonly opening: Opening;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** What the client calls itself. */
  client: string | undefined;
  /** Who it is: `sub` of its token. */
  subject: string | undefined;
  /** How often the heartbeat has visited it since it was last heard of. */
  silentVisits = 0;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #publishing: Rate;
  readonly #subscriptions = new Map<string, Subscription>();
  #calls: SessionCalls | undefined;
  #id: string;
  #conversation: Conversation | undefined;
  #waiting: string[] | undefined;
  #ended = false;

  constructor(node: Node, language: Language, socket: Socket, opening: Opening) {
    this.node = node;
    this.language = language;
    this.opening = opening;
    this.since = node.clock.now();
    this.#socket = socket;
    this.#outbox = new Outbox(socket, node.turn, node.limits, () => this.fail(new Close("tooSlow")));
    this.#publishing = new Rate(node.limits.publishesPerSecondMax, node.clock);
    this.#id = node.sessions.add(this);
  }

  /** Random and unguessable; others may know it. */
  get id(): string {
    return this.#id;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The topics and patterns it subscribes to. */
  get subscriptions(): Iterable<Subscription> {
    return this.#subscriptions.values();
  }

  /** What it asks and answers. */
  get calls(): SessionCalls {
    return (this.#calls ??= new SessionCalls(this.node.dealer, this.node.limits));
  }

  /** The crmIds it follows. */
  get crmIds(): string[] {
    return [...this.#subscriptions.keys()].flatMap((topic) => crmIdOfTopic(topic) ?? []);
  }

  follows(crmId: string): boolean {
    return this.#subscriptions.has(topicOfCrmId(crmId));
  }

  /** Begins the conversation: everything that the client says from now on is heard there. */
  begin(conversation: Conversation): void {
    this.#conversation = conversation;
  }

  /** A frame from the client: heard in order, and after those before it were answered. */
  receive(frame: string): void {
    if (this.#ended) return;
    this.silentVisits = 0;
    if (this.#waiting === undefined) this.#hear(frame);
    else if (this.#waiting.push(frame) > this.node.limits.framesWaitingMax)
      this.fail(new Close("rateLimited", `more than ${this.node.limits.framesWaitingMax} frames wait`));
  }

  send(frame: string): void {
    this.#outbox.push(frame);
  }

  whenRoom<T>(task: () => Promise<T>): Promise<T> {
    return this.#outbox.whenRoom(task);
  }

  /** The socket has written something, or has closed. */
  drained(): void {
    this.#outbox.drained();
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.#socket.ping();
  }

  /** There was a sign of life other than a frame. */
  heard(): void {
    this.silentVisits = 0;
  }

  /** Tells the client that the server is about to end, and when to come back. */
  drain(retryAfterMs: number): void {
    if (!this.#ended) this.#conversation?.drain(retryAfterMs);
  }

  fail(error: unknown): void {
    if (error instanceof Close) return this.close(error.code, error.message);
    this.node.report(error);
    this.fail(new Close("bug"));
  }

  /** Sends what waits, then ends the connection with the code; whoever does not read that is cut (by Bun, 16 s later). */
  close(code: number, reason: string): void {
    if (this.#ended) return;
    this.#outbox.run();
    this.#socket.close(code, reason);
    this.end();
  }

  /** The connection is gone: it leaves everywhere. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const subscription of this.#subscriptions.values()) this.node.broker.leave(this, subscription);
    this.#subscriptions.clear();
    this.#calls?.end();
    this.node.sessions.remove(this);
    this.#outbox.drained();
  }

  /** Takes over the id of an earlier connection; that one, if it still lives, is ended (4005). False where the secret is not honoured. */
  resume(secret: string): boolean {
    const id = this.node.sessions.resume(this, secret);
    if (id !== undefined) this.#id = id;
    return id !== undefined;
  }

  /** Listens to a topic or a pattern; what it hears is held until the result's `start`. @throws Refusal */
  async subscribe(subscription: Subscription, query?: HistoryQuery): Promise<Joined> {
    const key = keyOf(subscription);
    const { subscriptionsMax } = this.node.limits;
    if (!this.#subscriptions.has(key) && this.#subscriptions.size >= subscriptionsMax)
      throw new Refusal("limit_exceeded", `a session subscribes to ${subscriptionsMax} topics at most`);
    this.#subscriptions.set(key, subscription);
    try {
      return await this.node.broker.join(this, subscription, query);
    } catch (error) {
      if (this.#subscriptions.get(key) === subscription) this.#subscriptions.delete(key);
      throw error;
    }
  }

  /** @throws Refusal `not_subscribed` */
  unsubscribe(subscription: Subscription): void {
    if (!this.#subscriptions.delete(keyOf(subscription)))
      throw new Refusal("not_subscribed", `${subscription.topic} is not subscribed to`);
    this.node.broker.leave(this, subscription);
  }

  /** @throws Refusal */
  publish(topics: readonly string[], draft: Draft): Promise<readonly Accepted[]> {
    const retryAfterMs = this.#publishing.take();
    if (retryAfterMs > 0) {
      const most = this.node.limits.publishesPerSecondMax;
      throw new Refusal("rate_limited", `a session publishes ${most} times a second at most`, {
        retryAfterMs,
      });
    }
    return this.node.broker.publish(topics, draft);
  }

  #hear(frame: string): void {
    try {
      const answering = this.#conversation?.hear(frame);
      if (answering !== undefined) this.#waitFor(answering);
    } catch (error) {
      this.fail(error);
    }
  }

  #waitFor(answering: Promise<void>): void {
    this.#waiting = [];
    answering
      .catch((error: unknown) => this.fail(error))
      .then(() => {
        const waiting = this.#waiting ?? [];
        this.#waiting = undefined;
        for (const frame of waiting) this.receive(frame);
      })
      .catch(this.node.report);
  }
}

function keyOf({ topic, match }: Subscription): string {
  return match === "exact" ? topic : `${match} ${topic}`;
}
