import type { Answer } from "./requests.ts";
import type { InvokePolicy } from "./registration.ts";
import { isPassing, SwitchboardError } from "./switchboard-error.ts";

/** What a procedure needs of the client. */
export interface ProcedureWire {
  /** Whether the connection stands. */
  isLive(): boolean;
  /** Sends a request with these members (JSON text without braces). */
  ask(type: "register" | "unregister", members: string, settle: (answer: Answer) => void): void;
  /** How long to wait after so many refusals in a row. */
  retryMs(failures: number, error: SwitchboardError): number;
  /** The server refuses it, for good. */
  refused(procedure: Procedure, error: SwitchboardError): void;
  /** It is not wanted any more, and the server knows. */
  ended(procedure: Procedure): void;
}

/** Where a procedure stands with the server; see the states of a room. A state is an object of its own. */
type State =
  | { readonly kind: "idle" | "asking" | "open" | "leaving" }
  | { readonly kind: "resting"; readonly timer: ReturnType<typeof setTimeout> };

/** One procedure on the wire: registered while it is wanted, over every connection. At most one request is under way. */
export class Procedure {
  readonly name: string;
  readonly #wire: ProcedureWire;
  #state: State = { kind: "idle" };
  #invoke: InvokePolicy | undefined;
  #isWanted = false;
  /** Whether it was ever registered since it is wanted: then whoever has it now may be this client's own lost connection. */
  #wasOpen = false;
  #failures = 0;
  #openers: (() => void)[] = [];
  #leavers: (() => void)[] = [];

  constructor(name: string, wire: ProcedureWire) {
    this.name = name;
    this.#wire = wire;
  }

  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** It is to be registered. @param opened called once it is */
  want(invoke: InvokePolicy | undefined, opened: () => void): void {
    this.#invoke = invoke;
    this.#isWanted = true;
    this.#wasOpen = false;
    this.#openers = [opened];
    // Those who wait for its end need not wait: it goes on.
    if (this.#state.kind !== "leaving") this.#letGo();
    this.#proceed();
  }

  /** It is not to be registered any more. Resolves when the server knows. */
  leave(): Promise<void> {
    this.#isWanted = false;
    return new Promise((resolve) => {
      this.#leavers.push(resolve);
      this.#proceed();
    });
  }

  /** The connection stands. */
  live(): void {
    this.#proceed();
  }

  /** The connection is gone, and what the server knew with it. */
  lost(): void {
    this.#become({ kind: "idle" });
    this.#proceed();
  }

  #proceed(): void {
    const { kind } = this.#state;
    if (kind === "asking" || kind === "leaving") return;
    if (this.#isWanted) {
      if (kind === "idle" && this.#wire.isLive()) this.#register();
    } else if (kind === "open") this.#unregister();
    else this.#end();
  }

  #register(): void {
    const asking = this.#become({ kind: "asking" });
    const invoke = this.#invoke;
    this.#wire.ask("register", this.#members(invoke), (answer) => {
      if (this.#state !== asking) return;
      if (answer instanceof SwitchboardError) this.#refused(answer);
      else this.#opened(invoke);
      this.#proceed();
    });
  }

  #opened(invoke: InvokePolicy | undefined): void {
    this.#become({ kind: "open" });
    this.#failures = 0;
    if (!this.#isWanted) return;
    // Meanwhile it may have been unregistered, and be wanted again in another way.
    if (invoke !== this.#invoke) return this.#unregister();
    this.#wasOpen = true;
    for (const opened of this.#openers.splice(0)) opened();
  }

  #refused(error: SwitchboardError): void {
    this.#become({ kind: "idle" });
    if (!this.#isWanted) return;
    const isOurOwn = this.#wasOpen && error.code === "procedure_taken";
    if (isPassing(error) || isOurOwn) this.#rest(error);
    else {
      this.#isWanted = false;
      this.#wire.refused(this, error);
    }
  }

  #rest(error: SwitchboardError): void {
    this.#failures += 1;
    const timer = setTimeout(
      () => {
        this.#become({ kind: "idle" });
        this.#proceed();
      },
      this.#wire.retryMs(this.#failures, error),
    );
    this.#become({ kind: "resting", timer });
  }

  #unregister(): void {
    const leaving = this.#become({ kind: "leaving" });
    this.#wire.ask("unregister", this.#members(undefined), () => {
      if (this.#state !== leaving) return;
      this.#become({ kind: "idle" });
      this.#letGo();
      this.#proceed();
    });
  }

  #end(): void {
    this.#become({ kind: "idle" });
    this.#letGo();
    this.#wire.ended(this);
  }

  #letGo(): void {
    for (const leave of this.#leavers.splice(0)) leave();
  }

  #become<S extends State>(state: S): S {
    if (this.#state.kind === "resting") clearTimeout(this.#state.timer);
    this.#state = state;
    return state;
  }

  #members(invoke: InvokePolicy | undefined): string {
    return JSON.stringify({ procedure: this.name, invoke }).slice(1, -1);
  }
}
