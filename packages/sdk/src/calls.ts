import { isTopic, topicBytesMax } from "@switchboard/protocol";
import type { CallError } from "./call-error.ts";
import { dataText } from "./data-text.ts";
import { callContained } from "./handler-list.ts";
import type { CallAnswer, Requests } from "./requests.ts";
import { SwitchboardError } from "./switchboard-error.ts";

/** How a call is made. */
export interface CallOptions<Progress = unknown> {
  /** How long the callee may take, in ms; 30,000 by default. */
  readonly timeoutMs?: number;
  /** Cancels the call: it rejects with `canceled` at once, and the callee hears of it. */
  readonly signal?: AbortSignal;
  /** Hears parts of the answer, where the callee gives any. What it throws is reported to `onError`. */
  readonly onProgress?: (part: Progress) => unknown;
}

/** What calls need of the client. */
export interface CallPorts {
  readonly requests: Requests;
  readonly report: (error: unknown) => void;
  /** Whether frames may be sent. */
  isLive(): boolean;
  send(text: string): void;
  /** No call waits for its answer any more. */
  idle(): void;
}

/** How long a call may take where its caller does not say, in ms. */
export const callTimeoutMs = 30_000;

/** The calls that this client makes. Each ends exactly once. */
export class Calls {
  readonly #ports: CallPorts;
  readonly #underWay = new Set<number>();

  constructor(ports: CallPorts) {
    this.#ports = ports;
  }

  /** Whether no call waits for its answer. */
  get isIdle(): boolean {
    return this.#underWay.size === 0;
  }

  /** Resolves with the callee's answer. Rejects with a SwitchboardError, or a CallError of the callee's own. */
  call(procedure: string, data: unknown, options: CallOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      checkProcedure(procedure);
      const { timeoutMs = callTimeoutMs, signal, onProgress } = options;
      if (signal?.aborted === true) throw canceled(signal);
      const progress = onProgress !== undefined || undefined;
      const members = callMembers({ procedure, timeout: timeoutMs, progress }, data);
      const ports = this.#ports;
      if (!ports.isLive()) throw new SwitchboardError("offline", "not connected; nothing was called");
      const cancel = () => {
        ports.requests.forget(id);
        ports.send(`{"type":"cancel","id":${id}}`);
        end(() => reject(signal === undefined ? undefined : canceled(signal)));
      };
      const end = (settle: () => void) => {
        signal?.removeEventListener("abort", cancel);
        this.#underWay.delete(id);
        settle();
        if (this.isIdle) ports.idle();
      };
      const answered = (answer: CallAnswer) => {
        if (isFailure(answer)) return end(() => reject(answer));
        if (answer.type !== "result") return;
        if (answer.progress !== true) end(() => resolve(answer.data));
        else if (onProgress !== undefined) callContained(onProgress, answer.data, ports.report);
      };
      const write = (own: number) => ports.send(`{"type":"call","id":${own},${members}}`);
      const id = ports.requests.call(write, timeoutMs, answered);
      this.#underWay.add(id);
      signal?.addEventListener("abort", cancel);
    });
  }
}

/** Throws SwitchboardError `invalid_argument` where this can be no procedure. */
export function checkProcedure(procedure: string): void {
  if (isTopic(procedure)) return;
  const rule = `must be 1–${topicBytesMax} bytes without white space or control characters`;
  throw new SwitchboardError("invalid_argument", `procedure: ${rule}`);
}

/** The error of what was cancelled by its own side. */
function canceled({ reason }: AbortSignal): SwitchboardError {
  return new SwitchboardError("canceled", "the call was cancelled", { cause: reason });
}

function isFailure(answer: CallAnswer): answer is SwitchboardError | CallError {
  return answer instanceof Error;
}

/** A call's members as JSON text without the braces, `data` last. @throws SwitchboardError invalid_argument where JSON fails on it */
export function callMembers(
  call: { readonly procedure: string; readonly timeout: number; readonly progress?: true | undefined },
  data: unknown,
): string {
  const text = dataText(data);
  return JSON.stringify(call).slice(1, -1) + (text === undefined ? "" : `,"data":${text}`);
}
