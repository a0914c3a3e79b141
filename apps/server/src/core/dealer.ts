import type { CallHandler, CallRequest, Calls, InvokePolicy } from "./calls.ts";
import type { Clock } from "./clock.ts";
import { Refusal } from "./errors.ts";
import type { Tally } from "./tally.ts";

/** How long a call may take where the caller does not say, in ms. */
const callTimeoutMs = 30_000;

/** A call, as its caller makes it. */
export interface Call extends CallRequest {
  readonly procedure: string;
  readonly timeoutMs?: number | undefined;
}

/** Looks at a call that the server does not answer itself: lets it pass, answers it with JSON text, or throws a Refusal. */
export type CallGuard = (call: Call) => Promise<string | undefined>;

interface DealerParts {
  readonly calls: Calls;
  readonly clock: Clock;
  readonly tally: Tally;
  readonly report: (error: unknown) => void;
}

/** Calls: whoever asks is answered exactly once, by a result or a Refusal, however the callee behaves. */
export class Dealer {
  readonly #calls: Calls;
  readonly #clock: Clock;
  readonly #tally: Tally;
  readonly #report: (error: unknown) => void;
  readonly #guards: readonly CallGuard[];
  readonly #own: ((procedure: string) => CallHandler | undefined)[] = [];

  /** @param guards asked in turn before a call goes to a client */
  constructor({ calls, clock, tally, report }: DealerParts, guards: readonly CallGuard[]) {
    this.#calls = calls;
    this.#clock = clock;
    this.#tally = tally;
    this.#guards = guards;
    this.#report = report;
  }

  /** Procedures of this server's own code: they come before what clients register. */
  own(handlerOf: (procedure: string) => CallHandler | undefined): void {
    this.#own.push(handlerOf);
  }

  /** See `Calls.serve`. @throws Refusal `procedure_taken` for a procedure that the server answers itself, too */
  register(procedure: string, policy: InvokePolicy, handler: CallHandler): Promise<() => void> {
    if (this.#ownHandler(procedure) !== undefined)
      throw new Refusal("procedure_taken", `procedure: the server answers ${procedure} itself`);
    return this.#calls.serve(procedure, policy, handler);
  }

  /**
   * Calls, and gives up after the timeout or when the caller does.
   * @throws Refusal `timeout`, `canceled`, and what `Calls.call` throws
   */
  async call(call: Call, given?: AbortSignal): Promise<string> {
    const { procedure, progress, timeoutMs = callTimeoutMs } = call;
    const giveUp = new AbortController();
    const stopClock = this.#clock.after(timeoutMs, () =>
      giveUp.abort(new Refusal("timeout", `procedure: ${procedure} did not answer within ${timeoutMs} ms`)),
    );
    const cancel = () => giveUp.abort(new Refusal("canceled", "the call was cancelled"));
    given?.addEventListener("abort", cancel);
    let isOver = false;
    // The caller may have begun another call by the same name.
    const inTime = progress && ((data: string) => void (isOver || progress(data)));
    this.#tally.calls += 1;
    try {
      if (given?.aborted === true) cancel();
      return await this.#answered(inTime ? { ...call, progress: inTime } : call, giveUp.signal);
    } catch (error) {
      this.#tally.callRefused(error);
      throw error;
    } finally {
      isOver = true;
      stopClock();
      given?.removeEventListener("abort", cancel);
    }
  }

  async #ask(call: Call, signal: AbortSignal): Promise<string> {
    for (const guard of this.#guards) {
      const answer = await guard(call);
      if (answer !== undefined) return answer;
      // Whoever gave up meanwhile is not to be worked for.
      signal.throwIfAborted();
    }
    return this.#calls.call(call.procedure, call, signal);
  }

  #ownHandler(procedure: string): CallHandler | undefined {
    for (const handlerOf of this.#own) {
      const handler = handlerOf(procedure);
      if (handler !== undefined) return handler;
    }
    return undefined;
  }

  #refusalFor(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    this.#report(error);
    return new Refusal("internal", "the callee failed; it is logged at the server");
  }

  /** The answer, or why nobody waits for it any longer, whichever comes first. */
  #answered(call: Call, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason));
      const own = this.#ownHandler(call.procedure);
      const answer = own === undefined ? this.#ask(call, signal) : own(call, signal);
      answer.then(resolve, (error: unknown) => reject(this.#refusalFor(error)));
    });
  }
}
