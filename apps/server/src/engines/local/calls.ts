import type { CallHandler, CallRequest, Calls, InvokePolicy } from "../../core/calls.ts";
import { Refusal } from "../../core/errors.ts";

interface Procedure {
  readonly policy: InvokePolicy;
  readonly handlers: CallHandler[];
  next: number;
}

/** Calls within one process. */
export class LocalCalls implements Calls {
  readonly #procedures = new Map<string, Procedure>();

  async serve(name: string, policy: InvokePolicy, handler: CallHandler): Promise<() => void> {
    const procedure = this.#procedures.get(name) ?? { policy, handlers: [], next: 0 };
    if (procedure.handlers.length > 0 && (policy === "single" || procedure.policy !== policy))
      throw new Refusal(
        "procedure_taken",
        `procedure: ${name} is registered already, as ${procedure.policy}`,
      );
    procedure.handlers.push(handler);
    this.#procedures.set(name, procedure);
    return () => {
      const place = procedure.handlers.indexOf(handler);
      if (place !== -1) procedure.handlers.splice(place, 1);
      if (procedure.handlers.length === 0 && this.#procedures.get(name) === procedure)
        this.#procedures.delete(name);
    };
  }

  async call(name: string, request: CallRequest, signal: AbortSignal): Promise<string> {
    const procedure = this.#procedures.get(name);
    const handler = procedure && pick(procedure);
    if (handler === undefined) throw new Refusal("no_such_procedure", `procedure: nobody answers ${name}`);
    return handler(request, signal);
  }
}

function pick(procedure: Procedure): CallHandler | undefined {
  const { policy, handlers } = procedure;
  switch (policy) {
    case "single":
    case "first":
      return handlers[0];
    case "last":
      return handlers.at(-1);
    case "random":
      return handlers[Math.floor(Math.random() * handlers.length)];
    case "roundrobin":
      return handlers[procedure.next++ % handlers.length];
  }
}
