/** How a call ends, as its caller hears it: `result`, or the code of an error. Undefined while it is under way. */
type Outcome = string | undefined;

/** A call, as the model sees it. */
export interface ModelCall {
  readonly number: number;
  readonly caller: Session;
  readonly procedure: string;
  readonly wantsProgress: boolean;
  readonly endsAt: number;
  /** Who may be asked; one, unless the choice is random. */
  readonly candidates: readonly Session[];
  callee: Session | undefined;
  /** The invocation's id, once the callee has heard of it. */
  invocation: number | undefined;
  outcome: Outcome;
  /** The parts of the answer that the caller is to hear. */
  readonly parts: number[];
  /** Whether the callee is to hear that nobody waits any longer. */
  interrupted: boolean;
}

/** A session, as the model sees it. */
export interface Session {
  readonly name: string;
  isOpen: boolean;
}

interface Procedure {
  readonly policy: string;
  readonly callees: Session[];
  next: number;
}

/** The procedure that the server answers itself. */
export const ownProcedure = "own";

/** Calls as one would tell them: lists and ifs, and each call ends once. */
export class DealerModel {
  readonly calls: ModelCall[] = [];
  readonly #limits: { readonly calls: number; readonly registrations: number };
  readonly #procedures = new Map<string, Procedure>();
  now = 0;

  constructor(limits: { readonly calls: number; readonly registrations: number }) {
    this.#limits = limits;
  }

  /** The calls that are under way. */
  get open(): ModelCall[] {
    return this.calls.filter(({ outcome }) => outcome === undefined);
  }

  /** What the session has registered. */
  registrationsOf(session: Session): string[] {
    return [...this.#procedures].flatMap(([name, { callees }]) => (callees.includes(session) ? name : []));
  }

  /** How many sessions share the procedure, and how. */
  sharers(name: string): { readonly policy: string; readonly count: number } {
    const { policy = "", callees = [] } = this.#procedures.get(name) ?? {};
    return { policy, count: callees.length };
  }

  /** What the session hears. */
  register(session: Session, name: string, policy: string): string {
    const registrations = this.registrationsOf(session);
    if (registrations.includes(name)) return "procedure_taken";
    if (registrations.length >= this.#limits.registrations) return "limit_exceeded";
    if (name === ownProcedure) return "procedure_taken";
    const procedure = this.#procedures.get(name);
    if (procedure === undefined) {
      this.#procedures.set(name, { policy, callees: [session], next: 0 });
      return "registered";
    }
    if (policy === "single" || procedure.policy !== policy) return "procedure_taken";
    procedure.callees.push(session);
    return "registered";
  }

  /** What the session hears. */
  unregister(session: Session, name: string): "unregistered" | "not_found" {
    const procedure = this.#procedures.get(name);
    if (procedure === undefined || !procedure.callees.includes(session)) return "not_found";
    procedure.callees.splice(procedure.callees.indexOf(session), 1);
    if (procedure.callees.length === 0) this.#procedures.delete(name);
    return "unregistered";
  }

  call(caller: Session, procedure: string, timeoutMs: number, wantsProgress: boolean): ModelCall {
    const inFlight = this.open.filter((one) => one.caller === caller).length;
    const isOver = inFlight >= this.#limits.calls;
    const candidates = isOver ? [] : this.#pick(procedure);
    const call: ModelCall = {
      number: this.calls.length + 1,
      caller,
      procedure,
      wantsProgress,
      endsAt: this.now + timeoutMs,
      candidates,
      callee: candidates.length === 1 ? candidates[0] : undefined,
      invocation: undefined,
      outcome: undefined,
      parts: [],
      interrupted: false,
    };
    if (isOver) call.outcome = "limit_exceeded";
    else if (procedure === ownProcedure) call.outcome = "result";
    else if (candidates.length === 0) call.outcome = "no_such_procedure";
    this.calls.push(call);
    return call;
  }

  /** The first answer counts. */
  answer(call: ModelCall, outcome: string): void {
    call.outcome ??= outcome;
  }

  part(call: ModelCall, part: number): void {
    if (call.outcome === undefined && call.wantsProgress) call.parts.push(part);
  }

  /** Its caller gives up. */
  cancel(call: ModelCall, outcome = "canceled"): void {
    if (call.outcome !== undefined) return;
    call.outcome = outcome;
    call.interrupted = true;
  }

  advance(ms: number): void {
    this.now += ms;
    for (const call of this.open) if (call.endsAt <= this.now) this.cancel(call, "timeout");
  }

  leave(session: Session): void {
    session.isOpen = false;
    for (const name of this.registrationsOf(session)) this.unregister(session, name);
    for (const call of this.open)
      if (call.caller === session) this.cancel(call, "nobody hears");
      else if (call.callee === session) this.answer(call, "unavailable");
  }

  #pick(name: string): readonly Session[] {
    const procedure = this.#procedures.get(name);
    if (procedure === undefined) return [];
    const { policy, callees } = procedure;
    if (policy === "random") return [...callees];
    if (policy === "last") return callees.slice(-1);
    if (policy !== "roundrobin") return callees.slice(0, 1);
    const place = procedure.next % callees.length;
    procedure.next += 1;
    return callees.slice(place, place + 1);
  }
}
