import type { Refusal } from "../../core/errors.ts";
import type { Session } from "../../core/session.ts";
import { Callee } from "./callee.ts";
import { Caller } from "./caller.ts";
import type { Hello } from "./hello.ts";
import { codes, dictAt, idAt, textAt, Violation, type Message } from "./message.ts";
import { dataAt, payloadAt } from "./payload.ts";
import { Topics } from "./topics.ts";
import type { Voice } from "./voice.ts";

const names = new Map<unknown, string>(
  Object.entries(codes).map(([name, code]) => [code, name.toUpperCase()]),
);
/** What is answered with ERROR where it fails. */
const answered = new Set<number>([
  codes.publish,
  codes.subscribe,
  codes.unsubscribe,
  codes.call,
  codes.register,
  codes.unregister,
]);

/** What a welcomed client says: each request is read here, and goes to whom it concerns. */
export class Requests {
  readonly #session: Session;
  readonly #voice: Voice;
  readonly #topics: Topics;
  readonly #caller: Caller;
  readonly #callee: Callee;

  constructor(session: Session, voice: Voice, { canBeInterrupted, forgetsCanceled }: Hello) {
    this.#session = session;
    this.#voice = voice;
    this.#topics = new Topics(session, voice);
    this.#caller = new Caller(session, voice, forgetsCanceled);
    this.#callee = new Callee(session, voice, canBeInterrupted);
  }

  /** @param fail hears what ends the session after this has returned @throws Violation */
  hear(message: Message, fail: (error: unknown) => void): void {
    const code = message.elements[0] as number;
    if (!answered.has(code)) return this.#hearOther(message, code);
    const name = names.get(code) as string;
    const request = idAt(message, 1, `${name}.Request`);
    this.#answer(message, code, name, request)
      .catch((error: unknown) => {
        if (error instanceof Violation) throw error;
        this.#voice.refuse(code, request, error);
      })
      .catch(fail);
  }

  /** The message is too large: what waits for it is told so. @throws Violation */
  spoil(message: Message, excess: Refusal): void {
    const [code] = message.elements as [number];
    if (code === codes.yield) return this.#callee.refuse(idAt(message, 1, "YIELD.Request"), excess);
    if (code === codes.error) return this.#callee.refuse(idAt(message, 2, "ERROR.Request"), excess);
    if (!answered.has(code)) throw new Violation(excess.message);
    const isAwaited = code !== codes.publish || dictAt(message, 2, "PUBLISH.Options")["acknowledge"] === true;
    if (!isAwaited) return this.#session.node.unsaid(this.#session, excess);
    this.#voice.refuse(code, idAt(message, 1, `${names.get(code)}.Request`), excess);
  }

  async #answer(message: Message, code: number, name: string, request: number): Promise<void> {
    if (code === codes.unsubscribe)
      return this.#topics.unsubscribe(request, idAt(message, 2, `${name}.Subscription`));
    if (code === codes.unregister)
      return this.#callee.unregister(request, idAt(message, 2, `${name}.Registration`));
    const options = dictAt(message, 2, `${name}.Options`);
    const uri = textAt(message, 3, `${name}.${code < codes.call ? "Topic" : "Procedure"}`);
    switch (code) {
      case codes.publish:
        return this.#topics.publish(request, options, uri, dataAt(message, 4));
      case codes.subscribe:
        return this.#topics.subscribe(request, options, uri);
      case codes.call:
        return this.#caller.call(request, options, uri, dataAt(message, 4));
      case codes.register:
        return this.#callee.register(request, options, uri);
    }
  }

  #hearOther(message: Message, code: number): void {
    switch (code) {
      case codes.cancel: {
        const { mode } = dictAt(message, 2, "CANCEL.Options");
        return this.#caller.cancel(idAt(message, 1, "CANCEL.Request"), mode);
      }
      case codes.yield: {
        const { progress } = dictAt(message, 2, "YIELD.Options");
        return this.#callee.yield(idAt(message, 1, "YIELD.Request"), dataAt(message, 3), progress === true);
      }
      case codes.error:
        return this.#error(message);
    }
    throw new Violation(
      `${names.get(code) ?? JSON.stringify(code) ?? "nothing"} is no message that a client sends here`,
    );
  }

  #error(message: Message): void {
    if (message.elements[1] !== codes.invocation)
      throw new Violation(`ERROR.Type must be ${codes.invocation}: clients refuse invocations only`);
    const id = idAt(message, 2, "ERROR.Request");
    dictAt(message, 3, "ERROR.Details");
    this.#callee.error(id, textAt(message, 4, "ERROR.Error"), payloadAt(message, 5));
  }
}
