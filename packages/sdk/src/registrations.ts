import type { DownFrameOf } from "@switchboard/protocol";
import { checkProcedure } from "./calls.ts";
import type { Invocations } from "./invocations.ts";
import { Procedure, type ProcedureWire } from "./procedure.ts";
import type { CallHandler, HandleOptions, Registration } from "./registration.ts";
import { SwitchboardError } from "./switchboard-error.ts";

interface Registered {
  readonly procedure: Procedure;
  readonly handler: CallHandler;
  reject(error: SwitchboardError): void;
}

/** What registrations need of the client. */
export interface RegistrationPorts extends Omit<ProcedureWire, "refused" | "ended"> {
  readonly invocations: Invocations;
  readonly report: (error: unknown) => void;
}

/** The procedures that this client answers, and the way of a call to its handler. */
export class Registrations {
  readonly #ports: RegistrationPorts;
  readonly #wire: ProcedureWire;
  readonly #procedures = new Map<string, Procedure>();
  readonly #registered = new Map<string, Registered>();

  constructor(ports: RegistrationPorts) {
    this.#ports = ports;
    this.#wire = {
      ...ports,
      refused: (procedure, error) => this.#refused(procedure, error),
      ended: ({ name }) => this.#procedures.delete(name),
    };
  }

  /** Throws SwitchboardError `invalid_argument`, and `procedure_taken` where this client handles it already. */
  handle(name: string, handler: CallHandler, { invoke }: HandleOptions): Registration {
    checkProcedure(name);
    if (this.#registered.has(name))
      throw new SwitchboardError("procedure_taken", `procedure: this client handles ${name} already`);
    const procedure = this.#procedures.get(name) ?? new Procedure(name, this.#wire);
    this.#procedures.set(name, procedure);
    const ready = new Promise<void>((resolve, reject) => {
      this.#registered.set(name, { procedure, handler, reject });
      procedure.want(invoke, resolve);
    });
    // Whoever does not ask for `ready` hears of a refusal by `onError`.
    ready.catch(() => undefined);
    const own = this.#registered.get(name);
    return {
      procedure: name,
      ready,
      unregister: () => {
        if (own === undefined || this.#registered.get(name) !== own) return Promise.resolve();
        this.#registered.delete(name);
        own.reject(new SwitchboardError("canceled", `${name} was unregistered before it was registered`));
        return procedure.leave();
      },
    };
  }

  /** A call has come. */
  receive(frame: DownFrameOf<"invocation">): void {
    this.#ports.invocations.receive(frame, this.#registered.get(frame.procedure)?.handler);
  }

  /** The connection stands: everything is registered. */
  live(): void {
    for (const procedure of this.#procedures.values()) procedure.live();
  }

  /** The connection is gone. */
  lost(): void {
    for (const procedure of this.#procedures.values()) procedure.lost();
  }

  /** The client has closed. Handlers stay, should it connect again. */
  close(error: SwitchboardError): void {
    for (const registered of this.#registered.values()) registered.reject(error);
  }

  #refused({ name }: Procedure, error: SwitchboardError): void {
    this.#registered.get(name)?.reject(error);
    this.#registered.delete(name);
    this.#ports.report(error);
  }
}
