import { closeCodes, utf8Bytes } from "@switchboard/protocol";
import type { Conversation, Ending } from "../../core/conversation.ts";
import { Close, Refusal } from "../../core/errors.ts";
import type { Frame } from "../../core/frame.ts";
import type { Session } from "../../core/session.ts";
import { refusedIn } from "../../core/refused.ts";
import type { Principals } from "../principals.ts";
import { challengeFor, Denial, failed, type Challenge } from "./authentication.ts";
import type { Codec } from "./codec.ts";
import { farewellFor } from "./farewell.ts";
import { readHello, type Hello } from "./hello.ts";
import { codes, dictAt, textAt, Violation, type Message } from "./message.ts";
import { Requests } from "./requests.ts";
import { isUri } from "./uri.ts";
import { Voice } from "./voice.ts";
import { noteMethod, welcomeDetails } from "./welcome.ts";

/** What WAMP v2 leaves to whoever runs the server. */
export interface Wamp2Options {
  /** The one realm that may be joined; any where it is not told. */
  readonly realm?: string | undefined;
  /** Whom WAMP-CRA knows. */
  readonly principals?: Principals;
}

/** How long a connection may take to be welcomed, in ms. */
const helloMs = 10_000;
/** The WebSocket's own codes: the end was agreed upon; the peer broke the protocol. */
const [normalClosure, protocolError] = [1000, 1002];

/** One WAMP v2 conversation: from HELLO to WELCOME, then requests, then GOODBYE. */
export class Wamp2Conversation implements Conversation {
  readonly #session: Session;
  readonly #codec: Codec;
  readonly #voice: Voice;
  readonly #options: Wamp2Options;
  #requests: Requests | undefined;
  /** Who must still answer its challenge. */
  #challenged: { readonly hello: Hello; readonly challenge: Challenge } | undefined;
  #isOver = false;
  #stopWaiting: (() => void) | undefined;

  constructor(session: Session, codec: Codec, options: Wamp2Options) {
    this.#session = session;
    this.#codec = codec;
    this.#voice = new Voice(session, codec);
    this.#options = options;
  }

  /** Waits for HELLO. */
  begin(): void {
    this.#stopWaiting = this.#session.node.clock.after(helloMs, () => {
      if (this.#challenged === undefined) this.#session.fail(new Close("helloTooLate"));
      else this.#abort("wamp.error.authentication_failed", `no AUTHENTICATE within ${helloMs} ms`);
    });
  }

  hear(frame: Frame): void | Promise<void> {
    return this.#take(frame, this.#excess(frame));
  }

  refuse(frame: Frame, refusal: Refusal): void {
    void this.#take(frame, refusal);
  }

  /** WAMP has no word for it: the close code tells when to come back. */
  drain(): void {}

  farewell(ending: Ending): Ending {
    const farewell = farewellFor(this.#session, ending);
    if (farewell === undefined || this.#isOver) return ending;
    this.#isOver = true;
    const code = this.#requests === undefined ? codes.abort : codes.goodbye;
    this.#voice.say([code, farewell.details, farewell.reason]);
    return ending;
  }

  #take(frame: Frame, excess: Refusal | undefined): void | Promise<void> {
    if (this.#isOver) return;
    try {
      const hearing = this.#hear(this.#codec.decode(frame), excess);
      if (hearing !== undefined) return hearing.catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  #hear(message: Message, excess: Refusal | undefined): void | Promise<void> {
    const [code] = message.elements;
    switch (code) {
      case codes.hello:
        return this.#hello(readHello(message), excess);
      case codes.authenticate:
        return this.#authenticate(message, excess);
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
    if (this.#requests !== undefined || this.#challenged !== undefined)
      throw new Violation("HELLO was said already");
    if (excess !== undefined) return this.#abort("wamp.error.payload_size_exceeded", excess.message);
    const { realm, agent } = hello;
    const only = this.#options.realm;
    if (!isUri(realm)) return this.#abort("wamp.error.invalid_uri", "HELLO.Realm is no URI");
    if (realm !== (only ?? realm))
      return this.#abort("wamp.error.no_such_realm", `there is no realm ${realm} here`);
    this.#session.client = agent;
    if (this.#session.authority.grant !== undefined) return this.#welcome(hello);
    const challenge = challengeFor(this.#session, hello, this.#options.principals);
    this.#challenged = { hello, challenge };
    this.#voice.say([codes.challenge, challenge.method, challenge.extra]);
  }

  async #authenticate(message: Message, excess: Refusal | undefined): Promise<void> {
    if (this.#challenged === undefined) throw new Violation("AUTHENTICATE answers a CHALLENGE");
    if (excess !== undefined) throw excess;
    const signature = textAt(message, 1, "AUTHENTICATE.Signature");
    const { hello, challenge } = this.#challenged;
    const grant = await this.#session.authority.attempt((ways) => challenge.verify(signature, ways));
    if (this.#isOver) return;
    this.#challenged = undefined;
    noteMethod(this.#session, challenge.method);
    this.#session.authority.take(grant);
    this.#welcome(hello);
  }

  #welcome(hello: Hello): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    this.#requests = new Requests(this.#session, this.#voice, hello);
    this.#session.welcomed();
    const details = welcomeDetails(this.#session, hello.realm);
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

  #deny({ uri, message }: Denial): void {
    this.#session.node.refused(refusedIn(this.#session, { code: uri, message }));
    this.#abort(uri, message);
  }

  #fail(error: unknown): void {
    if (error instanceof Violation) this.#abort(violation, error.message);
    else if (error instanceof Denial) this.#deny(error);
    else if (error instanceof Refusal && this.#requests === undefined)
      this.#deny(new Denial(failed, error.message));
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
