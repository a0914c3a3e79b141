import { backoffMs, defaultBackoff } from "./backoff.ts";
import { type ErrorFacts, errorOf, SwitchboardError } from "./switchboard-error.ts";

interface RestOptions {
  readonly url: string;
  readonly apiKey?: string | undefined;
  readonly fetch?: typeof fetch;
  readonly retries?: number;
}

/** How a request is made. */
export interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives up: with `timeout` where that is its reason, else with `canceled`. */
  readonly signal?: AbortSignal;
  /** Whether it must not be asked twice. */
  readonly once?: boolean;
  /** How the server's refusal is read. */
  readonly read?: (error: ErrorFacts) => Error;
}

/** The server's HTTP API. What the network loses is asked again, unless it must not be. */
export class RestApi {
  readonly #base: URL;
  readonly #fetch: typeof fetch;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #retries: number;

  /** @throws SwitchboardError invalid_argument where the address is none. */
  constructor({ url, apiKey, fetch: given, retries = 2 }: RestOptions) {
    if (!URL.canParse(url) || !/^https?:/.test(url))
      throw new SwitchboardError("invalid_argument", `url: ${url} is no http address`);
    this.#base = new URL(`${url.replace(/\/+$/, "")}/api/v1/`);
    this.#fetch = given ?? fetch;
    this.#headers = apiKey === undefined || apiKey === "" ? {} : { authorization: `Bearer ${apiKey}` };
    this.#retries = retries;
  }

  /** The JSON at this path. Rejects with a SwitchboardError. */
  get(path: string): Promise<unknown> {
    return this.#ask(path, { headers: this.#headers }, {});
  }

  /** What the server answers to this JSON text. Rejects with a SwitchboardError, or what `read` makes of a refusal. */
  post(path: string, body: string, asking: Asking = {}): Promise<unknown> {
    const headers = { ...this.#headers, ...asking.headers, "content-type": "application/json" };
    const signal = asking.signal ?? null;
    return this.#ask(path, { method: "POST", body, headers, signal }, asking);
  }

  async #ask(path: string, init: RequestInit, { once = false, read = errorOf }: Asking): Promise<unknown> {
    for (let failures = 0; ; failures++) {
      try {
        return await this.#askOnce(path, init, read);
      } catch (error) {
        if (!(error instanceof SwitchboardError)) throw error;
        if (error.code !== "unavailable" || once || failures >= this.#retries) throw error;
        const waitMs = Math.max(error.retryAfterMs ?? 0, backoffMs(failures, defaultBackoff));
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  async #askOnce(path: string, init: RequestInit, read: (error: ErrorFacts) => Error): Promise<unknown> {
    const response = await this.#fetch(new URL(path, this.#base), init).catch((cause: unknown) => {
      throw lostFor(cause, this.#base.origin, init.signal);
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok && answer !== undefined) return answer;
    const refusal = refusalIn(answer);
    const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN) * 1_000;
    if (refusal !== undefined) throw read({ ...refusal, ...(retryAfter >= 0 && { retryAfter }) });
    const unavailable =
      response.ok || response.status === 502 || response.status === 503 || response.status === 504;
    throw new SwitchboardError(
      unavailable ? "unavailable" : "internal",
      `the server answered ${response.status}`,
    );
  }
}

function lostFor(cause: unknown, origin: string, signal: AbortSignal | null | undefined): SwitchboardError {
  if (signal?.aborted !== true)
    return new SwitchboardError("unavailable", `${origin} cannot be reached: ${whyOf(cause)}`, { cause });
  const isLate = (signal.reason as { readonly name?: unknown } | undefined)?.name === "TimeoutError";
  return isLate
    ? new SwitchboardError("timeout", "the server did not answer in time", { cause })
    : new SwitchboardError("canceled", "the request was cancelled", { cause });
}

/** Node says `fetch failed`, and why in the error's cause. */
function whyOf(error: unknown): string {
  const { cause, message } = error as {
    readonly cause?: { readonly message?: unknown };
    readonly message?: unknown;
  };
  return String(cause?.message || message || error);
}

/** The `error` that an answer holds instead of a result, if it does. */
export function refusalIn(answer: unknown): ErrorFacts | undefined {
  const error = (answer as { readonly error?: Partial<ErrorFacts> | null } | null | undefined)?.error;
  if (typeof error?.code !== "string" || typeof error.message !== "string") return undefined;
  return { code: error.code, message: error.message, details: error.details };
}
