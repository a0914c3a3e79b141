import { Refusal } from "../../core/errors.ts";
import type { Invocation } from "../../core/session-calls.ts";
import type { Session } from "../../core/session.ts";
import { refusalOf } from "./errors.ts";
import { numberOf, toldAs } from "./ids.ts";
import { codes } from "./message.ts";
import { readOptions, registerOptions } from "./options.ts";
import type { Payload } from "./payload.ts";
import { checkOwnUri } from "./uri.ts";
import type { Voice } from "./voice.ts";

/** A procedure that the client answers. */
interface Registration {
  readonly procedure: string;
  readonly number: number;
  readonly disclosesCaller: boolean;
}

/** The calls that the client answers. A registration's number is made of its procedure: the same for all who share it. */
export class Callee {
  readonly #session: Session;
  readonly #voice: Voice;
  readonly #canBeInterrupted: boolean;
  readonly #registered = new Map<number, Registration>();
  readonly #invocations = new Map<number, Invocation>();
  #invocationId = 0;

  /** @param canBeInterrupted whether it announced `call_canceling`: others take an INTERRUPT as a fault */
  constructor(session: Session, voice: Voice, canBeInterrupted: boolean) {
    this.#session = session;
    this.#voice = voice;
    this.#canBeInterrupted = canBeInterrupted;
  }

  /** @throws Refusal */
  async register(
    request: number,
    given: Readonly<Record<string, unknown>>,
    procedure: string,
  ): Promise<void> {
    const options = readOptions(registerOptions, given);
    checkOwnUri(procedure);
    const { match = "exact", invoke = "single", disclose_caller: disclosesCaller = false } = options;
    if (match !== "exact")
      throw new Refusal(
        "wamp.error.option_not_allowed",
        "Options: match: only exact procedures are registered",
      );
    const registration = { procedure, number: numberOf(procedure), disclosesCaller };
    // A call may come before the client knows that it is registered.
    let early: Invocation[] | undefined = [];
    await this.#session.calls.register(procedure, invoke, (invocation) => {
      if (early === undefined) this.#invoke(registration, invocation);
      else early.push(invocation);
    });
    this.#registered.set(registration.number, registration);
    this.#voice.say([codes.registered, request, registration.number]);
    for (const invocation of early) this.#invoke(registration, invocation);
    early = undefined;
  }

  /** @throws Refusal */
  async unregister(request: number, number: number): Promise<void> {
    const registration = this.#registered.get(number);
    if (registration === undefined)
      throw new Refusal("wamp.error.no_such_registration", `this session has no registration ${number}`);
    this.#registered.delete(number);
    await this.#session.calls.unregister(registration.procedure);
    this.#voice.say([codes.unregistered, request]);
  }

  /** An invocation that has ended meanwhile needs no answer. */
  yield(id: number, data: string | undefined, isProgress: boolean): void {
    const invocation = this.#invocations.get(id);
    if (isProgress) return invocation?.progress?.(data ?? "null");
    this.#invocations.delete(id);
    invocation?.answer(data ?? "null");
  }

  /** The invocation failed, in the callee's own words. */
  error(id: number, uri: string, payload: Payload): void {
    this.refuse(id, refusalOf(uri, payload));
  }

  /** The invocation failed. */
  refuse(id: number, refusal: Refusal): void {
    const invocation = this.#invocations.get(id);
    this.#invocations.delete(id);
    invocation?.refuse(refusal);
  }

  #invoke({ number, disclosesCaller }: Registration, invocation: Invocation): void {
    const { data, progress, signal, interrupt } = invocation;
    if (signal.aborted) return;
    const id = (this.#invocationId += 1);
    this.#invocations.set(id, invocation);
    signal.addEventListener("abort", () => {
      if (this.#invocations.delete(id)) this.#interrupt(id, "killnowait", signal.reason);
    });
    interrupt?.addEventListener("abort", () => {
      if (this.#invocations.has(id)) this.#kill(id);
    });
    const details = {
      ...(progress !== undefined && { receive_progress: true }),
      ...callerOf(invocation, disclosesCaller),
    };
    this.#voice.carry([codes.invocation, id, number, details], data);
    if (interrupt?.aborted === true) this.#kill(id);
  }

  /** The callee is to say how it ends; one that cannot be interrupted is not waited for. */
  #kill(id: number): void {
    const canceled = new Refusal("canceled", "the call was cancelled");
    if (this.#canBeInterrupted) this.#interrupt(id, "kill", canceled);
    else this.refuse(id, canceled);
  }

  #interrupt(id: number, mode: string, why: unknown): void {
    if (!this.#canBeInterrupted) return;
    const isTimeout = why instanceof Refusal && why.code === "timeout";
    const reason = isTimeout ? "wamp.error.timeout" : "wamp.error.canceled";
    this.#voice.say([codes.interrupt, id, { mode, reason }]);
  }
}

/** Who calls, where the caller or the registration wants it told. */
function callerOf({ caller }: Invocation, isAsked: boolean): Readonly<Record<string, unknown>> {
  if (caller === undefined || (caller.disclosed === false && !isAsked)) return {};
  return toldAs("caller", caller);
}
