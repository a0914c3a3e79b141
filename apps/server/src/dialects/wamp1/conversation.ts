import { closeCodes, comesBack, elementTexts, isCrmId, topicOfCrmId } from "@switchboard/protocol";
import type { Conversation } from "../../core/conversation.ts";
import { Close, endingOf, Refusal } from "../../core/errors.ts";
import type { Frame } from "../../core/frame.ts";
import { publicationOf } from "../../core/publication.ts";
import type { Session } from "../../core/session.ts";
import { dataOf } from "../arguments.ts";
import { isLarger } from "../parse.ts";
import type { Principals } from "../principals.ts";
import { Authentication, authenticationMs, authProcedures } from "./authentication.ts";
import { callError } from "./call-error.ts";
import { malformed, nameOf, readMessage, type Message } from "./message.ts";
import type { Named, Prefixes } from "./prefixes.ts";
import { recipientsOf } from "./recipients.ts";
import { demandName, Topics } from "./topics.ts";

interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** A conversation in WAMP v1: each call is answered; what else is refused is only logged, since the language has no words for it. */
export class Wamp1Conversation implements Conversation {
  readonly #session: Session;
  readonly #prefixes: Prefixes;
  readonly #topics: Topics;
  /** Undefined where WAMP-CRA is not served. */
  readonly #authentication: Authentication | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(session: Session, prefixes: Prefixes, principals: Principals) {
    this.#session = session;
    this.#prefixes = prefixes;
    this.#topics = new Topics(session);
    this.#authentication = principals && new Authentication(session, principals);
  }

  /** WELCOME, once the crmIds of the URL are followed: whatever is published after it is heard. @throws Close */
  greet(): void | Promise<void> {
    const { authority, node } = this.#session;
    if (authority.grant !== undefined) return this.#followed(() => this.#welcome());
    if (this.#authentication === undefined)
      throw new Close("unauthenticated", "the handshake needs a token or a ticket");
    const tooLate = new Close("unauthenticated", `nothing was shown in ${authenticationMs} ms`);
    this.#stopWaiting = node.clock.after(authenticationMs, () => this.#session.fail(tooLate));
    this.#welcome();
  }

  /** One message of the client. @throws Close where it is none */
  hear(frame: Frame): void | Promise<void> {
    const message = readMessage(frame);
    const { limits, hooks } = this.#session.node;
    const isNobody = this.#session.authority.grant === undefined;
    try {
      if (isLarger(frame, limits.frameBytesMax))
        throw new Refusal("too_large", `a frame has ${limits.frameBytesMax} bytes at most (frameBytesMax)`);
      const answering = this.#answer(message)?.then(nothing, (error: unknown) =>
        this.#refuse(message, error),
      );
      // The news of a topic is held at once, unless the application is asked before: then what is said next waits. And so it does while
      // somebody shows who it is.
      if (isNobody || (message.type === "subscribe" && hooks.onSubscribe !== undefined)) return answering;
    } catch (error) {
      this.#refuse(message, error);
    }
  }

  /** @throws Close where it is no message */
  refuse(frame: Frame, refusal: Refusal): void {
    this.#refuse(readMessage(frame), refusal);
  }

  /** The language has no word for it. */
  drain(): void {}

  /** AutobahnJS comes back where its connection was lost, and never where it was closed, whatever the code. */
  farewell({ code, reason }: Ending): Ending {
    if (code === closeCodes.badFrame.code) return { code: 1007, reason };
    return { code: comesBack(code) ? 1006 : code, reason };
  }

  #answer(message: Message): Promise<unknown> | undefined {
    const { type, subject } = message;
    switch (type) {
      case "prefix":
        return void this.#define(message);
      case "subscribe":
        return this.#topics.join(this.#prefixes.resolve(subject)).then((joined) => joined?.start());
      case "unsubscribe":
        return void this.#topics.leave(this.#prefixes.resolve(subject));
      case "publish":
        return this.#publish(message);
      case "call":
        return this.#call(message);
    }
  }

  /** Follows the crmIds of the URL and of the application; what is heard of them comes after what `done` says. @throws Close */
  #followed(done: () => void): void | Promise<void> {
    const { opening, assigned } = this.#session;
    const crmIds = new Set([...opening.crmIds, ...assigned]);
    return crmIds.size === 0 ? done() : this.#follow([...crmIds], done);
  }

  async #follow(crmIds: readonly string[], done: () => void): Promise<void> {
    try {
      const joined = await Promise.all(crmIds.map((crmId) => this.#topics.join(topicOf(crmId))));
      done();
      for (const one of joined) one?.start();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new Close(error.code === "forbidden" ? "forbidden" : "badFrame", error.message);
    }
  }

  #welcome(): void {
    const { id, node, authority } = this.#session;
    if (authority.grant !== undefined) this.#session.welcomed();
    this.#session.send(JSON.stringify([0, id, 1, `${node.server}/${node.version}`]));
  }

  #define({ subject, elements }: Message): void {
    const [, , uri] = elements;
    if (typeof uri !== "string") throw malformed("the third element of a prefix must be its URI");
    this.#prefixes.define(subject, uri);
  }

  #publish({ subject, elements, text }: Message): Promise<unknown> {
    const { node, id } = this.#session;
    const [, , data = "null"] = elementTexts(text);
    const named = this.#prefixes.resolve(subject);
    demandName(named);
    const recipients = recipientsOf(elements[3], elements[4], id);
    const body = { topic: named.topic, data: null, ...recipients, echo: true };
    return this.#session.publish(publicationOf(body, data, node.publicationId(), id));
  }

  async #call(message: Message): Promise<void> {
    const { elements, text } = message;
    const { id: session, subject, calls, authority } = this.#session;
    const [, id = "null", , ...given] = elementTexts(text);
    const name = nameOf(elements[2]);
    if (name === undefined)
      throw new Refusal("invalid_argument", "the third element of a call must be a procedure");
    const named = this.#prefixes.resolve(name);
    demandName(named);
    if (authority.grant === undefined && this.#authentication !== undefined)
      if (named.topic === authProcedures.ask || named.topic === authProcedures.prove)
        return this.#authenticate(this.#authentication, named.topic, message, id);
    const caller = { session, ...(subject !== undefined && { subject }) };
    const call = { procedure: named.topic, data: dataOfCall(given), caller, progress: undefined };
    this.#session.send(`[3,${id},${await calls.call(call, new AbortController())}]`);
  }

  /** Whoever fails is answered, and the connection ended, so that nobody goes on guessing. @throws Refusal, Close */
  async #authenticate(by: Authentication, procedure: string, message: Message, id: string): Promise<void> {
    const given = message.elements[3];
    const answer = (value: unknown) => this.#session.send(`[3,${id},${JSON.stringify(value)}]`);
    try {
      const { authority } = this.#session;
      if (procedure === authProcedures.ask) return answer(await authority.attempt(() => by.ask(given)));
      const grant = await authority.attempt(() => by.prove(given));
      this.#stopWaiting?.();
      this.#stopWaiting = undefined;
      authority.take(grant);
      const { subject, role, crmIds, patterns } = grant;
      await this.#followed(() => {
        this.#session.welcomed();
        answer({ authid: subject, role, crmIds, permissions: patterns });
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#refuse(message, error);
      const ending = endingOf(error);
      throw ending instanceof Close ? ending : new Close("unauthenticated", error.message, error);
    }
  }

  #refuse({ type, text }: Message, error: unknown): void {
    const session = this.#session;
    if (!(error instanceof Refusal)) session.fail(error);
    else if (type === "call") session.send(callError(elementTexts(text)[1] as string, error));
    else session.node.unsaid(session, error);
  }
}

const nothing = (): void => {};

/** Ratchet's callees see a single object in the place of all arguments: here it stands as it is, though it be an envelope. */
function dataOfCall(given: readonly string[]): string | undefined {
  const [only] = given;
  return given.length === 1 && only?.startsWith("{") === true ? only : dataOf(given);
}

/** @throws Refusal `invalid_argument` */
function topicOf(crmId: string): Named {
  if (isCrmId(crmId)) return { topic: topicOfCrmId(crmId) };
  throw new Refusal(
    "invalid_argument",
    `crmId: ${JSON.stringify(crmId.slice(0, 64))} must be 1–64 of A–Z a–z 0–9 _ -`,
  );
}
