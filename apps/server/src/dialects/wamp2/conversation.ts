import { closeCodes, utf8Bytes } from "@switchboard/protocol";
import type { Conversation, Ending } from "../../core/conversation.ts";
import { Close, Refusal } from "../../core/errors.ts";
import type { Frame } from "../../core/frame.ts";
import type { Session } from "../../core/session.ts";
import type { Codec } from "./codec.ts";
import { finalReason } from "./farewell.ts";
import { readHello, type Hello } from "./hello.ts";
import { codes, dictAt, textAt, Violation, type Message } from "./message.ts";
import { Requests } from "./requests.ts";
import { isUri } from "./uri.ts";
import { Voice } from "./voice.ts";
import { identityOf, welcomeDetails } from "./welcome.ts";

/** How long a connection may take to be welcomed, in ms. */
const helloMs = 10_000;
/** The WebSocket's own codes: the end was agreed upon; the peer broke the protocol. */
const [normalClosure, protocolError] = [1000, 1002];

/** One WAMP v2 conversation: from HELLO to WELCOME, then requests, then GOODBYE. */
export class Wamp2Conversation implements Conversation {
  readonly #session: Session;
  readonly #codec: Codec;
  readonly #voice: Voice;
  /** The one realm that there is; any where it is not told. */
  readonly #realm: string | undefined;
  #requests: Requests | undefined;
  #isOver = false;
  #stopWaiting: (() => void) | undefined;

  constructor(session: Session, codec: Codec, realm: string | undefined) {
    this.#session = session;
    this.#codec = codec;
    this.#voice = new Voice(session, codec);
    this.#realm = realm;
  }

  /** Waits for HELLO. */
  begin(): void {
    this.#stopWaiting = this.#session.node.clock.after(helloMs, () =>
      this.#session.fail(new Close("helloTooLate")),
    );
  }

  hear(frame: Frame): void {
    this.#take(frame, this.#excess(frame));
  }

  refuse(frame: Frame, refusal: Refusal): void {
    this.#take(frame, refusal);
  }

  /** WAMP has no word for it: the close code tells when to come back. */
  drain(): void {}

  farewell(ending: Ending): Ending {
    const reason = finalReason(ending);
    if (reason === undefined || this.#isOver) return ending;
    this.#isOver = true;
    const code = this.#requests === undefined ? codes.abort : codes.goodbye;
    this.#voice.say([code, { message: ending.reason }, reason]);
    return ending;
  }

  #take(frame: Frame, excess: Refusal | undefined): void {
    if (this.#isOver) return;
    try {
      this.#hear(this.#codec.decode(frame), excess);
    } catch (error) {
      this.#fail(error);
    }
  }

  #hear(message: Message, excess: Refusal | undefined): void {
    const [code] = message.elements;
    switch (code) {
      case codes.hello:
        return this.#hello(readHello(message), excess);
      case codes.abort:
        return this.#leave();
      case codes.goodbye:
        return this.#goodbye(message);
    }
    if (this.#requests === undefined) throw new Violation("a session begins with HELLO");
    if (excess === undefined) this.#requests.hear(message, (error) => this.#fail(error));
    else this.#requests.spoil(message, excess);
  }

  #hello(hello: Hello, excess: Refusal | undefined): void {
    if (this.#requests !== undefined) throw new Violation("HELLO was said already");
    if (excess !== undefined) return this.#abort("wamp.error.payload_size_exceeded", excess.message);
    const { realm, agent } = hello;
    if (!isUri(realm)) return this.#abort("wamp.error.invalid_uri", "HELLO.Realm is no URI");
    if (realm !== (this.#realm ?? realm))
      return this.#abort("wamp.error.no_such_realm", `there is no realm ${realm} here`);
    const identity = identityOf(this.#session);
    if (identity === undefined)
      return this.#abort("wamp.error.authentication_required", "connect with a token or a ticket");
    this.#session.client = agent;
    this.#stopWaiting?.();
    this.#requests = new Requests(this.#session, this.#voice, hello);
    this.#session.welcomed();
    const details = welcomeDetails(this.#session, realm, identity);
    this.#voice.say([codes.welcome, Number(this.#session.id), details]);
  }

  #goodbye(message: Message): void {
    if (this.#requests === undefined) throw new Violation("a session begins with HELLO");
    dictAt(message, 1, "GOODBYE.Details");
    textAt(message, 2, "GOODBYE.Reason");
    this.#voice.say([codes.goodbye, {}, "wamp.close.goodbye_and_out"]);
    this.#leave();
  }

  #leave(): void {
    this.#end(normalClosure, "");
  }

  #abort(reason: string, message: string): void {
    this.#voice.say([codes.abort, { message }, reason]);
    this.#end(reason === violation ? protocolError : closeCodes.forbidden.code, reason);
  }

  #fail(error: unknown): void {
    if (error instanceof Violation) this.#abort(violation, error.message);
    else this.#session.fail(error);
  }

  #end(code: number, reason: string): void {
    this.#isOver = true;
    this.#stopWaiting?.();
    this.#session.hangUp(code, reason);
  }

  #excess(frame: Frame): Refusal | undefined {
    const { frameBytesMax } = this.#session.node.limits;
    if (frame.length * (typeof frame === "string" ? 3 : 1) <= frameBytesMax) return undefined;
    if (typeof frame === "string" && utf8Bytes(frame) <= frameBytesMax) return undefined;
    return new Refusal("too_large", `a frame has ${frameBytesMax} bytes at most (frameBytesMax)`);
  }
}

const violation = "wamp.error.protocol_violation";
