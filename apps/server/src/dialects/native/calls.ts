import { memberText, type DownFrame } from "@switchboard/protocol";
import { Refusal } from "../../core/errors.ts";
import type { Session } from "../../core/session.ts";
import type { Invocation } from "../../core/session-calls.ts";
import type { FrameOf } from "./frames.ts";

/** What a native conversation says of calls: those that the client makes, and those that it answers. */
export class NativeCalls {
  readonly #session: Session;
  readonly #calling = new Map<number, AbortController>();
  readonly #invocations = new Map<number, Invocation>();
  #invocationId = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** @throws Refusal */
  async call(frame: FrameOf<"call">, text: string): Promise<void> {
    const { id, procedure, timeout } = frame;
    if (this.#calling.has(id)) throw new Refusal("invalid_argument", "id: is that of a call in flight");
    const cancel = new AbortController();
    this.#calling.set(id, cancel);
    try {
      const progress = frame.progress === true ? (data: string) => this.#result(id, data, true) : undefined;
      const { id: session, subject, calls } = this.#session;
      const caller = { session, ...(subject !== undefined && { subject }) };
      const call = { procedure, data: memberText(text, "data"), caller, progress, timeoutMs: timeout };
      this.#result(id, await calls.call(call, cancel), false);
    } finally {
      this.#calling.delete(id);
    }
  }

  /** A call that has ended meanwhile has its answer already. */
  cancel({ id }: FrameOf<"cancel">): void {
    this.#calling.get(id)?.abort();
  }

  /** @throws Refusal */
  async register({ id, procedure, invoke }: FrameOf<"register">): Promise<void> {
    await this.#session.calls.register(procedure, invoke ?? "single", (invocation) =>
      this.#invoke(invocation),
    );
    this.#say({ type: "registered", id });
  }

  /** @throws Refusal */
  async unregister({ id, procedure }: FrameOf<"unregister">): Promise<void> {
    await this.#session.calls.unregister(procedure);
    this.#say({ type: "unregistered", id });
  }

  /** An invocation that has ended meanwhile needs no answer. */
  yield({ id, progress }: FrameOf<"yield">, text: string): void {
    const invocation = this.#invocations.get(id);
    const data = memberText(text, "data") ?? "null";
    if (progress === true) return invocation?.progress?.(data);
    this.#invocations.delete(id);
    invocation?.answer(data);
  }

  /** The invocation failed, in the callee's own words. */
  error({ id, code, message, details }: FrameOf<"error">): void {
    const invocation = this.#invocations.get(id);
    this.#invocations.delete(id);
    invocation?.refuse(new Refusal(code, message, { details }));
  }

  /** The callee's answer was refused: the call fails with that, rather than wait for its timeout. */
  spoil(id: number, refusal: Refusal): void {
    const invocation = this.#invocations.get(id);
    this.#invocations.delete(id);
    invocation?.refuse(new Refusal("internal", `the callee's answer was refused: ${refusal.message}`));
  }

  #invoke(invocation: Invocation): void {
    const id = (this.#invocationId += 1);
    const { procedure, data, progress, signal, interrupt } = invocation;
    const caller = invocation.caller?.disclosed === false ? undefined : invocation.caller;
    this.#invocations.set(id, invocation);
    signal.addEventListener("abort", () => {
      if (this.#invocations.delete(id)) this.#say({ type: "interrupt", id });
    });
    // Whoever is interrupted here says nothing more: the call ends at once.
    interrupt?.addEventListener("abort", () => {
      if (!this.#invocations.delete(id)) return;
      this.#say({ type: "interrupt", id });
      invocation.refuse(new Refusal("canceled", "the call was cancelled"));
    });
    const head = JSON.stringify({ type: "invocation", id, procedure, progress: progress && true, caller });
    this.#session.send(data === undefined ? head : `${head.slice(0, -1)},"data":${data}}`);
  }

  #result(id: number, data: string, progress: boolean): void {
    if (!this.#calling.has(id)) return;
    this.#session.send(`{"type":"result","id":${id},${progress ? '"progress":true,' : ""}"data":${data}}`);
  }

  #say(frame: DownFrame): void {
    this.#session.send(JSON.stringify(frame));
  }
}
