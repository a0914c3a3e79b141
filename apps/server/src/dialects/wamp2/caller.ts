import { Refusal } from "../../core/errors.ts";
import { identityOf } from "../../core/identity.ts";
import type { Session } from "../../core/session.ts";
import { codes, Violation } from "./message.ts";
import { callOptions, readOptions } from "./options.ts";
import { checkUri } from "./uri.ts";
import type { Voice } from "./voice.ts";

/** Longer than any timer: a call without a timeout has none. */
const noTimeoutMs = 2 ** 31 - 1;

/** A call in flight. */
class Calling {
  /** The callee is asked to stop, but its answer is waited for. */
  readonly interrupt = new AbortController();
  /** Nobody waits any longer. */
  readonly cancel = new AbortController();
}

/** The calls that the client makes. */
export class Caller {
  readonly #session: Session;
  readonly #voice: Voice;
  readonly #forgetsCanceled: boolean;
  readonly #calling = new Map<number, Calling>();

  /** @param forgetsCanceled whether the client takes an answer to a call that it cancelled as a fault: see `hello.ts` */
  constructor(session: Session, voice: Voice, forgetsCanceled: boolean) {
    this.#session = session;
    this.#voice = voice;
    this.#forgetsCanceled = forgetsCanceled;
  }

  /** @throws Refusal, Violation */
  async call(
    request: number,
    given: Readonly<Record<string, unknown>>,
    procedure: string,
    data: string | undefined,
  ): Promise<void> {
    if (this.#calling.has(request)) throw new Violation("CALL.Request is that of a call in flight");
    const calling = new Calling();
    this.#calling.set(request, calling);
    try {
      const answer = await this.#ask(request, calling, given, procedure, data);
      if (this.#isCurrent(request, calling)) this.#voice.carry([codes.result, request, {}], answer);
    } catch (error) {
      // Whoever cancelled has been answered.
      if (this.#isCurrent(request, calling)) throw isGone(error) ? canceled(error.message) : error;
    } finally {
      if (this.#isCurrent(request, calling)) this.#calling.delete(request);
    }
  }

  /**
   * `kill`: the callee is asked to stop, and what it then says is the answer. `killnowait`, or no mode: it is asked, and the call ends at
   * once. `skip`: the call ends at once, and the callee is left alone. A call that has ended meanwhile has its answer already.
   */
  cancel(request: number, mode: unknown): void {
    const calling = this.#calling.get(request);
    if (calling === undefined) return;
    if (mode === "kill") return calling.interrupt.abort();
    this.#calling.delete(request);
    if (!this.#forgetsCanceled) this.#voice.refuse(codes.call, request, canceled("the call was cancelled"));
    if (mode !== "skip") calling.cancel.abort();
  }

  #ask(
    request: number,
    calling: Calling,
    given: Readonly<Record<string, unknown>>,
    procedure: string,
    data: string | undefined,
  ): Promise<string> {
    const options = readOptions(callOptions, given);
    checkUri(procedure);
    if (options.progress === true)
      throw new Refusal("wamp.error.feature_not_supported", "Options: progress: calls are made in one piece");
    const { calls } = this.#session;
    const caller = {
      ...identityOf(this.#session),
      ...(options.disclose_me !== true && { disclosed: false }),
    };
    const progress = (part: string) => {
      if (this.#isCurrent(request, calling))
        this.#voice.carry([codes.result, request, { progress: true }], part);
    };
    const call = {
      procedure,
      data,
      caller,
      progress: options.receive_progress === true ? progress : undefined,
      interrupt: calling.interrupt.signal,
      timeoutMs: Math.min(options.timeout || noTimeoutMs, noTimeoutMs),
    };
    return calls.call(call, calling.cancel);
  }

  #isCurrent(request: number, calling: Calling): boolean {
    return this.#calling.get(request) === calling;
  }
}

/** For WAMP, a callee that leaves cancels the call. */
function isGone(error: unknown): error is Refusal {
  return error instanceof Refusal && error.code === "unavailable";
}

function canceled(message: string): Refusal {
  return new Refusal("canceled", message);
}
