import { authorityOf, type Authority } from "./authority.ts";
import type { Conversation, Opening } from "./conversation.ts";
import type { Prelude } from "./engine.ts";
import { Close } from "./errors.ts";
import type { Frame } from "./frame.ts";
import { Intake } from "./intake.ts";
import type { Joined } from "./joining.ts";
import type { Language, Member } from "./member.ts";
import { Outbox } from "./outbox.ts";
import type { PresenceListener } from "./presence.ts";
import type { Publication } from "./publication.ts";
import type { Outcome } from "./publisher.ts";
import { isRefusing, refusedIn } from "./refused.ts";
import { SessionCalls } from "./session-calls.ts";
import { tell } from "./session-hooks.ts";
import { SessionPublishes } from "./session-publishes.ts";
import type { Socket } from "./socket.ts";
import type { Subscription } from "./subscription.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { Surroundings } from "./surroundings.ts";

/** What a peer sees of a connection that ends without a Close frame (RFC 6455, 7.4.1). */
const cutCode = 1006;

/** The node that a session belongs to. */
export type Node = Surroundings<Session>;

/** One connection: all that a dialect may do. Limits hold here, for every dialect alike. */
export class Session implements Member {
  // What a delivery touches stands together: with thousands of sessions, each cold line of memory on the way costs.
  readonly language: Language;
  readonly #outbox: Outbox;
  readonly node: Node;
  #ended = false;
  /** How often the heartbeat has visited it since it was last heard of. */
  silentVisits = 0;
  readonly #intake: Intake<Session>;
  /** What it may do. */
  readonly authority: Authority;
  #publishes: SessionPublishes | undefined;
  #id: string;
  readonly #socket: Socket;
  readonly opening: Opening;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** What the client calls itself. */
  client: string | undefined;
  readonly #subscriptions: Subscriptions<Session>;
  #calls: SessionCalls | undefined;
  #assigned: Set<string> | undefined;
  #attributes: Record<string, unknown> | undefined;

  constructor(node: Node, language: Language, socket: Socket, opening: Opening) {
    this.node = node;
    this.language = language;
    this.opening = opening;
    this.since = node.clock.now();
    this.#socket = socket;
    this.#intake = new Intake(this);
    this.#outbox = new Outbox(socket, node.turn, node.limits, this);
    this.#subscriptions = new Subscriptions(this, node);
    this.#id = node.sessions.add(this);
    this.authority = authorityOf(this, node, opening.grant);
  }

  /** Who it is: `sub` of its token. */
  get subject(): string | undefined {
    return this.authority.grant?.subject;
  }

  /** As what it came: `role` of its token; `anonymous` where nothing asks who connects. */
  get role(): string | undefined {
    return this.authority.grant?.role;
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
    return this.#subscriptions;
  }

  /** What it asks and answers. */
  get calls(): SessionCalls {
    return (this.#calls ??= new SessionCalls(this.node, this.authority, this));
  }

  /** The crmIds it follows. */
  get crmIds(): string[] {
    return this.#subscriptions.crmIds;
  }

  follows(crmId: string): boolean {
    return this.#subscriptions.follows(crmId);
  }

  /** What the application has noted of it. */
  get attributes(): Record<string, unknown> {
    return (this.#attributes ??= {});
  }

  /** The crmIds that the application makes it follow. */
  get assigned(): Iterable<string> {
    return this.#assigned ?? [];
  }

  /** Makes it follow a crmId with its hello, whether it asks for it or not; for `onOpen`. */
  assign(crmId: string): void {
    (this.#assigned ??= new Set()).add(crmId);
  }

  /** Begins the conversation: everything that the client says from now on is heard there, once the application has let it in. */
  begin(conversation: Conversation): void {
    this.#intake.begin(conversation);
  }

  /** The client has been welcomed: from now on others are told of it. */
  welcomed(): void {
    if (!this.#ended) this.node.sessions.join(this);
  }

  /** A frame from the client: heard in order, and after those before it were answered. */
  receive(frame: Frame): void {
    if (this.#ended) return;
    this.silentVisits = 0;
    this.#intake.take(frame);
  }

  send(frame: Frame): void {
    this.#outbox.push(frame);
  }

  /** How many bytes wait for the client to read them. */
  get waitingBytes(): number {
    return this.#socket.getBufferedAmount();
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
    if (!this.#ended) this.#intake.conversation?.drain(retryAfterMs);
  }

  fail(error: unknown): void {
    if (error instanceof Close) {
      if (isRefusing(error)) this.node.refused(refusedIn(this, error));
      return this.close(error.code, error.message);
    }
    this.node.report(error);
    void this.node.hooks.onError?.(this, error);
    this.fail(new Close("bug"));
  }

  /** Ends the connection for a reason of the close table, told as the dialect tells it. */
  close(code: number, reason: string): void {
    if (this.#ended) return;
    const ending = { code, reason };
    const told = this.#intake.conversation?.farewell?.(ending) ?? ending;
    this.hangUp(told.code, told.reason);
  }

  /** Sends what waits, then ends the connection with just this code; 1006 cuts it, as Bun does 16 s later where nobody reads. */
  hangUp(code: number, reason: string): void {
    if (this.#ended) return;
    this.#outbox.run();
    if (code === cutCode) this.#socket.terminate();
    else this.#socket.close(code, reason);
    this.end(code, reason);
  }

  /** The connection is gone: it leaves everywhere. */
  end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#subscriptions.clear();
    this.#intake.clear();
    this.#intake.conversation?.ended?.();
    this.#calls?.end();
    this.authority.stop();
    this.node.tally.sessionEnded(code);
    this.node.sessions.remove(this);
    this.#outbox.drained();
    this.#tell(() => this.node.hooks.onClose?.(this, { code, reason }));
  }

  /** Takes over the id of an earlier connection; that one, if it still lives, is ended (4005). False where the secret is not honoured. */
  resume(secret: string): boolean {
    const id = this.node.sessions.resume(this, secret);
    if (id !== undefined) this.#id = id;
    return id !== undefined;
  }

  /** Listens to a topic or a pattern; what it hears is held until the result's `start`. @throws Refusal */
  async subscribe(subscription: Subscription, prelude?: Prelude): Promise<Joined> {
    this.authority.demand("subscribe", subscription.topic, subscription.match);
    return this.#subscriptions.add(subscription, prelude);
  }

  /** @throws Refusal `not_subscribed` */
  unsubscribe(subscription: Subscription): void {
    this.#subscriptions.remove(subscription);
  }

  /** Tells the listener who is on the topic, then who comes and goes, as long as it subscribes; without one, it is no longer told. */
  watch(topic: string, listener: PresenceListener | undefined): void {
    if (this.#subscriptions.has(topic)) this.node.broker.watch(this, topic, listener);
  }

  /** Publishes; see `Publisher.publish`. @throws Refusal */
  publish(publication: Publication, receiptMs?: number): Promise<Outcome> {
    (this.#publishes ??= new SessionPublishes(this.node, this.authority)).demand(publication);
    return this.node.publisher.publish(this, publication, receiptMs);
  }

  /** The event that carried this token was handled. */
  ack(token: string): void {
    this.node.receipts.ack(token, this.id);
  }

  /** Tells the application what it can no longer change. */
  #tell(hook: () => void | Promise<void>): void {
    tell<Session>(this.node.hooks, this, this.node.report, hook);
  }
}
