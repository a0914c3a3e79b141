import { isReserved } from "@switchboard/protocol";
import type { Authority } from "./authority.ts";
import type { CallHandler, CallRequest, InvokePolicy } from "./calls.ts";
import type { Clock } from "./clock.ts";
import type { Call, Dealer } from "./dealer.ts";
import { Refusal } from "./errors.ts";
import type { Limits } from "./limits.ts";
import { Rate } from "./rate.ts";
import type { Registrations } from "./registrations.ts";
import type { Entry } from "./sessions.ts";

/** A call that has reached a session; the first of `answer` and `refuse` counts. */
export interface Invocation extends CallRequest {
  readonly procedure: string;
  /** Ends the call with its result, as JSON text. */
  answer(data: string): void;
  /** Ends the call with an error. */
  refuse(refusal: Refusal): void;
  /** Aborts once nobody waits for the answer. */
  readonly signal: AbortSignal;
}

interface Node {
  readonly dealer: Dealer;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly registrations: Registrations;
}

/** What one session asks and answers. When it leaves, all that it was asked ends at once, and nobody waits for what it asked. */
export class SessionCalls {
  readonly #dealer: Dealer;
  readonly #limits: Limits;
  readonly #rate: Rate;
  /** What is known of all registrations of this node. */
  readonly #known: Registrations;
  readonly #authority: Authority;
  readonly #owner: Entry;
  readonly #registrations = new Map<string, Promise<() => void>>();
  readonly #asked = new Set<(refusal: Refusal) => void>();
  readonly #asking = new Set<AbortController>();

  constructor({ dealer, limits, clock, registrations }: Node, authority: Authority, owner: Entry) {
    this.#dealer = dealer;
    this.#limits = limits;
    this.#rate = new Rate(limits.callsPerSecondMax, clock);
    this.#known = registrations;
    this.#authority = authority;
    this.#owner = owner;
  }

  /** From when this resolves, `invoke` hears calls of the procedure. @throws Refusal */
  async register(
    procedure: string,
    policy: InvokePolicy,
    invoke: (invocation: Invocation) => void,
  ): Promise<void> {
    const { registrationsMax } = this.#limits;
    this.#authority.demand("register", procedure);
    if (this.#owner.ended) throw new Refusal("canceled", "the session has ended");
    if (isReserved(procedure)) throw new Refusal("forbidden", `procedure: ${procedure} is the server's own`);
    if (this.#registrations.has(procedure))
      throw new Refusal("procedure_taken", `procedure: this session has registered ${procedure} already`);
    if (this.#registrations.size >= registrationsMax)
      throw new Refusal("limit_exceeded", `a session registers ${registrationsMax} procedures at most`);
    const registering = this.#dealer.register(procedure, policy, this.#handler(procedure, invoke));
    this.#registrations.set(procedure, registering);
    try {
      await registering;
      if (this.#registrations.get(procedure) === registering) this.#known.add(procedure, policy, this.#owner);
    } catch (error) {
      // Meanwhile it may have been unregistered, and be registered anew.
      if (this.#registrations.get(procedure) === registering) this.#registrations.delete(procedure);
      throw error;
    }
  }

  /** @throws Refusal `not_found` */
  async unregister(procedure: string): Promise<void> {
    const registered = this.#registrations.get(procedure);
    if (registered === undefined)
      throw new Refusal("not_found", `procedure: this session has not registered ${procedure}`);
    this.#registrations.delete(procedure);
    this.#known.remove(procedure, this.#owner);
    (await registered)();
  }

  /** The answer, as JSON text. Aborting the controller cancels the call. @throws Refusal */
  async call(call: Call, cancel: AbortController): Promise<string> {
    const { callsInFlightMax } = this.#limits;
    this.#authority.demand("call", call.procedure);
    this.#rate.demand("calls");
    if (this.#asking.size >= callsInFlightMax)
      throw new Refusal("limit_exceeded", `a session has ${callsInFlightMax} calls in flight at most`);
    this.#asking.add(cancel);
    try {
      return await this.#dealer.call(call, cancel.signal);
    } finally {
      this.#asking.delete(cancel);
    }
  }

  /** The session has ended. */
  end(): void {
    for (const [procedure, registered] of this.#registrations) {
      this.#known.remove(procedure, this.#owner);
      registered.then((unregister) => unregister()).catch(() => {});
    }
    this.#registrations.clear();
    for (const refuse of this.#asked) refuse(new Refusal("unavailable", "the callee has left"));
    for (const cancel of this.#asking) cancel.abort();
  }

  #handler(procedure: string, invoke: (invocation: Invocation) => void): CallHandler {
    return (request, signal) =>
      new Promise((resolve, reject) => {
        const settle = () => {
          this.#asked.delete(refuse);
          signal.removeEventListener("abort", settle);
        };
        const refuse = (refusal: Refusal) => {
          settle();
          reject(refusal);
        };
        const answer = (data: string) => {
          settle();
          resolve(data);
        };
        this.#asked.add(refuse);
        signal.addEventListener("abort", settle);
        const { data, caller, progress, interrupt } = request;
        invoke({ procedure, data, caller, progress, interrupt, answer, refuse, signal });
      });
  }
}
