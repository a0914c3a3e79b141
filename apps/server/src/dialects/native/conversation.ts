import { memberText, topicOfCrmId, type DownFrame } from "@switchboard/protocol";
import { publishedOf } from "../../core/broker.ts";
import type { Conversation } from "../../core/conversation.ts";
import type { HistoryQuery } from "../../core/engine.ts";
import { Close, endingOf, Refusal } from "../../core/errors.ts";
import type { Frame as WireFrame } from "../../core/frame.ts";
import type { Joined } from "../../core/joining.ts";
import type { PresenceListener } from "../../core/presence.ts";
import { publicationOf } from "../../core/publication.ts";
import type { Outcome } from "../../core/publisher.ts";
import type { Session } from "../../core/session.ts";
import type { Subscription } from "../../core/subscription.ts";
import { parseJson, textOf } from "../parse.ts";
import { NativeCalls } from "./calls.ts";
import {
  errorFrame,
  invocationIdIn,
  presenceFrame,
  readFrame,
  requestIdIn,
  type Frame,
  type FrameOf,
} from "./frames.ts";
import { Replays } from "./replays.ts";

/** How long a connection may take to say hello, in ms. */
const helloMs = 10_000;

/** One native conversation: what is asked with an `id` gets exactly one answer with that `id`. */
export class NativeConversation implements Conversation {
  readonly #session: Session;
  #callsMade: NativeCalls | undefined;
  #replays: Replays | undefined;
  #welcomed = false;
  #urlSaysHello = false;
  #stopWaiting: (() => void) | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Waits for the hello; the URL may have said it already. */
  begin(): void {
    const { node, opening } = this.#session;
    const { crmIds } = opening;
    this.#stopWaiting = node.clock.after(helloMs, () => this.#session.fail(new Close("helloTooLate")));
    this.#urlSaysHello = crmIds.length > 0;
    if (this.#urlSaysHello) this.#session.receive(JSON.stringify({ type: "hello", crmIds }));
  }

  /** One frame of the client. @throws Close where it is binary, or no JSON */
  hear(frame: WireFrame): void | Promise<void> {
    const text = textOf(frame);
    const value = parseJson(text);
    const id = requestIdIn(value);
    try {
      const said = readFrame(value, text, this.#session.node.limits.frameBytesMax);
      const answering = said.type === "hello" ? this.#hello(said) : this.#answer(said, text);
      const answered = answering
        ?.catch((error: unknown) => this.#refuse(id, error))
        .catch((fault: unknown) => this.#session.fail(fault));
      if (said.type === "hello") return answered as Promise<void>;
    } catch (error) {
      if (error instanceof Refusal) this.#spoil(value, error);
      this.#refuse(id, error);
    }
  }

  /** @throws Close where it is binary, or no JSON */
  refuse(frame: WireFrame, refusal: Refusal): void {
    const value = parseJson(textOf(frame));
    this.#spoil(value, refusal);
    this.#refuse(requestIdIn(value), refusal);
  }

  drain(retryAfterMs: number): void {
    this.#say({ type: "draining", retryAfter: retryAfterMs });
  }

  get #calls(): NativeCalls {
    return (this.#callsMade ??= new NativeCalls(this.#session));
  }

  #answer(frame: Exclude<Frame, { type: "hello" }>, text: string): Promise<unknown> | undefined {
    if (!this.#welcomed) throw new Refusal("unauthenticated", "say hello first");
    switch (frame.type) {
      case "publish":
        return this.#publish(frame, text);
      case "subscribe":
        return this.#subscribe(frame);
      case "unsubscribe":
        this.#session.unsubscribe(subscriptionOf(frame));
        return this.#say({ type: "unsubscribed", id: frame.id });
      case "ping":
        return this.#pong(frame);
      case "refresh":
        return this.#refresh(frame);
      case "call":
        return this.#calls.call(frame, text);
      case "ack":
        return void this.#session.ack(frame.ack);
      case "cancel":
        return void this.#calls.cancel(frame);
      case "register":
        return this.#calls.register(frame);
      case "unregister":
        return this.#calls.unregister(frame);
      case "yield":
        return void this.#calls.yield(frame, text);
      case "error":
        return void this.#calls.error(frame);
    }
  }

  async #hello(frame: FrameOf<"hello">): Promise<void> {
    if (this.#welcomed) throw new Refusal("bad_frame", "hello was said already");
    const session = this.#session;
    const isFromUrl = this.#urlSaysHello;
    this.#urlSaysHello = false;
    try {
      if (frame.token !== undefined) await session.authority.show(frame.token);
      else session.authority.demandShown();
    } catch (error) {
      throw endingOf(error);
    }
    if (frame.resume !== undefined) session.resume(frame.resume);
    session.client = frame.client;
    const crmIds = [...new Set([...(frame.crmIds ?? []), ...session.assigned])];
    const joined = await this.#follow(crmIds).catch((error: unknown) => {
      // Nobody is there who could ask for something else.
      throw isFromUrl ? endingOf(error) : error;
    });
    this.#welcomed = true;
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    this.#welcome(crmIds);
    for (const one of joined) one.start();
  }

  /** A newer token for the same session: it must be the same subject's, and allow what is subscribed to. */
  async #refresh({ id, token }: FrameOf<"refresh">): Promise<void> {
    await this.#session.authority.renew(token, this.#session.subscriptions);
    this.#say({ type: "refreshed", id });
  }

  /** All of them or none: a hello that is refused follows nothing. */
  async #follow(crmIds: readonly string[]): Promise<Joined[]> {
    const session = this.#session;
    const topics = crmIds.map((crmId) => ({ topic: topicOfCrmId(crmId), match: "exact" }) as const);
    const joins = await Promise.allSettled(topics.map((topic) => session.subscribe(topic)));
    const failed = joins.find((join) => join.status === "rejected");
    if (failed === undefined) return joins.flatMap((join) => (join.status === "fulfilled" ? join.value : []));
    for (const [i, topic] of topics.entries())
      if (joins[i]?.status === "fulfilled" && !session.ended) session.unsubscribe(topic);
    throw failed.reason;
  }

  #welcome(crmIds: string[]): void {
    this.#session.welcomed();
    const { node, id, subject, authority } = this.#session;
    const expiresAt = authority.grant?.expiresAt;
    const { frameBytesMax, subscriptionsMax, sendBufferBytesMax } = node.limits;
    this.#say({
      type: "welcome",
      session: id,
      resume: node.sessions.secretOf(this.#session),
      ...(subject !== undefined && { subject }),
      crmIds,
      server: node.server,
      version: node.version,
      heartbeat: node.heartbeatMs,
      ...(expiresAt !== undefined && { expires: expiresAt }),
      limits: { frameBytesMax, subscriptionsMax, sendBufferBytesMax },
    });
  }

  async #subscribe(frame: FrameOf<"subscribe">): Promise<void> {
    const { id, topic } = frame;
    const entry = await this.#session.subscribe(subscriptionOf(frame), queryOf(frame));
    this.#say({
      type: "subscribed",
      id,
      topic,
      ...(entry.position ?? { epoch: "", offset: 0 }),
      ...(frame.since !== undefined && entry.recovered !== undefined && { recovered: entry.recovered }),
    });
    if (entry.recovered === undefined) entry.start();
    else (this.#replays ??= new Replays(this.#session.node.limits.framesWaitingMax)).start(entry);
    if ((frame.match ?? "exact") !== "exact") return;
    const tell: PresenceListener = (change) => this.#session.send(presenceFrame(change, topic));
    this.#session.watch(topic, frame.presence === true ? tell : undefined);
  }

  #pong({ id }: FrameOf<"ping">): undefined {
    const say = () => this.#say({ type: "pong", id });
    if (this.#replays === undefined) say();
    else this.#replays.after(say);
  }

  #publish(frame: FrameOf<"publish">, text: string): Promise<unknown> {
    const { node, id: publisher } = this.#session;
    const data = memberText(text, "data") ?? "null";
    const publication = publicationOf(frame, data, node.publicationId(), publisher);
    const publishing = this.#session.publish(publication, frame.receipt);
    const { id } = frame;
    return id === undefined ? publishing : publishing.then((outcome) => this.#published(id, outcome));
  }

  async #published(id: number, { accepted, receipt }: Outcome): Promise<void> {
    const { publication, results } = publishedOf(accepted);
    this.#say({ type: "published", id, publication, results: [...results] });
    if (receipt !== undefined) this.#say({ type: "receipt", id, ...(await receipt) });
  }

  #say(frame: DownFrame): undefined {
    this.#session.send(JSON.stringify(frame));
  }

  /** Whoever waits for what the frame was to answer hears at once that it does not come. */
  #spoil(value: unknown, refusal: Refusal): void {
    const invocation = invocationIdIn(value);
    if (invocation !== undefined) this.#calls.spoil(invocation, refusal);
  }

  #refuse(id: number | undefined, error: unknown): void {
    if (error instanceof Refusal) return this.#say(errorFrame(id, error));
    this.#session.fail(error);
  }
}

function subscriptionOf({ topic, match }: FrameOf<"subscribe" | "unsubscribe">): Subscription {
  return { topic, match: match ?? "exact" };
}

function queryOf({ since, last }: FrameOf<"subscribe">): HistoryQuery | undefined {
  if (since !== undefined) return { since };
  return last === undefined ? undefined : { last };
}
