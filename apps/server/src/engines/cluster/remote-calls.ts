import type { CallHandler, CallRequest } from "../../core/calls.ts";
import { Refusal } from "../../core/errors.ts";
import type { Identity } from "../../core/identity.ts";
import type { Peers } from "../../core/peers.ts";
import type { Registration } from "./directory.ts";

/** A call, as the callee's node hears it. */
interface Asked {
  readonly id: number;
  readonly registration: string;
  readonly data: string | undefined;
  readonly caller: Identity | undefined;
  readonly hasProgress: boolean;
}

/** What the callee's node answers; any number of parts before one of the others. */
type Answered = { readonly id: number } & (
  | { readonly part: string }
  | { readonly data: string }
  | { readonly refusal: Refused }
  /** Nobody stands behind this registration any longer. */
  | { readonly isGone: true }
);

interface Refused {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly retryAfterMs?: number | undefined;
}

interface Waiting {
  readonly node: string;
  readonly progress: ((data: string) => void) | undefined;
  /** Undefined where the callee has left before it was asked. */
  readonly resolve: (data: string | undefined) => void;
  readonly reject: (refusal: Refusal) => void;
}

/** A call that another node has asked here. */
class Serving {
  readonly cancel = new AbortController();
  readonly interrupt = new AbortController();
}

/** Calls to other nodes, and from them. When a node is lost, its callees answer no more, and its callers wait no more. */
export class RemoteCalls {
  readonly #peers: Peers;
  readonly #handlerOf: (registration: string) => CallHandler | undefined;
  readonly #report: (error: unknown) => void;
  readonly #waiting = new Map<number, Waiting>();
  /** What others have asked here: by node, then by their number. */
  readonly #asked = new Map<string, Map<number, Serving>>();
  #number = 0;

  constructor(
    peers: Peers,
    handlerOf: (registration: string) => CallHandler | undefined,
    report: (error: unknown) => void,
  ) {
    this.#peers = peers;
    this.#handlerOf = handlerOf;
    this.#report = report;
    peers.hear("call", (asked: Asked, from) => this.#hearCall(asked, from));
    peers.hear("called", (answered: Answered) => this.#hearAnswer(answered));
    peers.hear("cancel", (id: number, from) => this.#asked.get(from)?.get(id)?.cancel.abort());
    peers.hear("interrupt", (id: number, from) => this.#asked.get(from)?.get(id)?.interrupt.abort());
    peers.watch({ lost: (node) => this.#lost(node) });
  }

  /** The callee's answer; undefined where it had left before it was asked. @throws Refusal */
  call(
    { id: registration, node }: Registration,
    request: CallRequest,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { data, caller, progress, interrupt } = request;
    const id = (this.#number += 1);
    return new Promise((resolve, reject) => {
      const forget = () => {
        this.#waiting.delete(id);
        signal.removeEventListener("abort", cancel);
        interrupt?.removeEventListener("abort", tellInterrupt);
      };
      const tellInterrupt = () => this.#peers.tell("interrupt", id, node);
      const cancel = () => {
        forget();
        this.#peers.tell("cancel", id, node);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", cancel);
      interrupt?.addEventListener("abort", tellInterrupt);
      this.#waiting.set(id, {
        node,
        progress,
        resolve(answer) {
          forget();
          resolve(answer);
        },
        reject(refusal) {
          forget();
          reject(refusal);
        },
      });
      const asked: Asked = { id, registration, data, caller, hasProgress: progress !== undefined };
      this.#peers.tell("call", asked, node);
      if (interrupt?.aborted === true) tellInterrupt();
    });
  }

  #hearAnswer(answered: Answered): void {
    const waiting = this.#waiting.get(answered.id);
    if (waiting === undefined) return;
    if ("part" in answered) waiting.progress?.(answered.part);
    else if ("data" in answered) waiting.resolve(answered.data);
    else if ("isGone" in answered) waiting.resolve(undefined);
    else {
      const { code, message, details, retryAfterMs } = answered.refusal;
      waiting.reject(
        new Refusal(code, message, { details, ...(retryAfterMs !== undefined && { retryAfterMs }) }),
      );
    }
  }

  #hearCall({ id, registration, data, caller, hasProgress }: Asked, from: string): void {
    const handler = this.#handlerOf(registration);
    const tell = (answer: object) => this.#peers.tell("called", { id, ...answer }, from);
    if (handler === undefined) return tell({ isGone: true });
    const serving = new Serving();
    const asked = this.#asked.get(from) ?? new Map<number, Serving>();
    this.#asked.set(from, asked.set(id, serving));
    const progress = hasProgress ? (part: string) => tell({ part }) : undefined;
    Promise.try(
      handler,
      { data, caller, progress, interrupt: serving.interrupt.signal },
      serving.cancel.signal,
    )
      .then(
        (answer) => tell({ data: answer }),
        (error: unknown) => tell({ refusal: this.#refused(error) }),
      )
      .finally(() => {
        asked.delete(id);
        if (asked.size === 0 && this.#asked.get(from) === asked) this.#asked.delete(from);
      })
      .catch(this.#report);
  }

  #refused(error: unknown): Refused {
    if (error instanceof Refusal) {
      const { code, message, details, retryAfterMs } = error;
      return { code, message, details, retryAfterMs };
    }
    this.#report(error);
    return { code: "internal", message: "the callee failed; it is logged at the server" };
  }

  #lost(node: string): void {
    const refusal = new Refusal(
      "unavailable",
      "the callee's node cannot be reached; it may have begun to answer",
    );
    for (const waiting of this.#waiting.values()) if (waiting.node === node) waiting.reject(refusal);
    const asked = this.#asked.get(node);
    this.#asked.delete(node);
    for (const { cancel } of asked?.values() ?? []) cancel.abort();
  }
}
