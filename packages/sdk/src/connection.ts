import { closeCodes, comesBack, type DownFrameOf } from "@switchboard/protocol";
import { backoffMs } from "./backoff.ts";
import type { ConnectionListener, ConnectionOptions } from "./connection-ports.ts";
import { readDownFrame } from "./down-frame.ts";
import { type Happening, life, type State } from "./life.ts";
import { watchNetwork } from "./network.ts";
import { Silence } from "./silence.ts";
import { Socket } from "./socket.ts";
import type { Status } from "./status.ts";
import { errorOf } from "./switchboard-error.ts";

/** How long a draining server's last answers are waited for, and an old socket's end before a new one opens. */
const patienceMs = 1_000;
const draining = { reason: "the server is going down" };

interface Facts {
  readonly code?: number;
  readonly reason?: string;
  readonly retryAfterMs?: number;
  readonly welcome?: DownFrameOf<"welcome">;
}

/** The way to the server: one socket at a time, and what to do when it ends. The table above decides, the effects below obey. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #listener: ConnectionListener;
  readonly #silence = new Silence((ms) =>
    this.#happen("lost", { code: 4004, reason: `nothing came for ${ms} ms` }),
  );
  #state: State = "closed";
  #status: Status = { state: "closed", code: 1000, reason: "" };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dial: AbortController | undefined;
  #socket: Socket | undefined;
  #previous: Socket | undefined;
  #unwatch: (() => void) | undefined;
  #secret: string | undefined;
  #attempt = 0;
  #downSince = 0;
  #retryAt: number | undefined;
  /** The server wants to be left alone until then. */
  #notBefore = 0;
  #lastWords = "";

  constructor(options: ConnectionOptions, listener: ConnectionListener) {
    this.#options = options;
    this.#listener = listener;
  }

  get status(): Status {
    return this.#status;
  }

  /** Whether requests may be sent. */
  get isLive(): boolean {
    return this.#state === "live";
  }

  /** Connects at once, whatever the state. */
  retry(): void {
    this.#attempt = 0;
    this.#happen("retried");
  }

  /** Nothing is under way any more: a draining server may be left. */
  left(): void {
    this.#happen("left", draining);
  }

  /** Ends all: no socket and no timer is left. */
  close(): void {
    this.#happen("closed", { code: 1000, reason: "closed by the client" });
  }

  /** Sends a frame; only where `isLive`. */
  send(text: string): void {
    this.#socket?.send(text);
  }

  /** The round trip of a ping. */
  measured(latencyMs: number): void {
    if (this.#status.state !== "live") return;
    this.#status = { ...this.#status, latencyMs };
    this.#listener.status();
  }

  #happen(happening: Happening, facts: Facts = {}): void {
    const next = life[this.#state][happening];
    if (next === undefined) return;
    const wasUp = this.#state === "live" || this.#state === "leaving";
    const staysUp = next === "live" || next === "leaving";
    const reason = facts.reason ?? this.#lastWords;
    const before = this.#status;
    clearTimeout(this.#timer);
    if (wasUp || this.#state === "closed") this.#downSince = Date.now();
    this.#state = next;
    if (!staysUp) this.#hangUp(facts.code === 4004 ? 4004 : 1000);
    this.#status = this.#effects[next](facts, reason);
    if (wasUp && !staysUp) this.#listener.lost(reason);
    if (next === "live" && facts.welcome !== undefined) this.#listener.live(facts.welcome);
    if (next === "leaving") this.#listener.leaving();
    if (this.#status !== before) this.#listener.status();
  }

  /** What is done on entering a state, and how it looks from outside. */
  readonly #effects: Readonly<Record<State, (facts: Facts, reason: string) => Status>> = {
    connecting: () => {
      const { requestTimeoutMs } = this.#options;
      this.#unwatch ??= watchNetwork({
        online: () => this.#happen("networkFound"),
        offline: () => this.#happen("networkLost", { reason: "the browser is offline" }),
      });
      this.#retryAt = undefined;
      this.#lastWords = "";
      this.#attempt += 1;
      this.#after(requestTimeoutMs, "lost", { reason: `no welcome within ${requestTimeoutMs} ms` });
      this.#dial = new AbortController();
      void this.#connect(this.#dial.signal);
      return { state: "connecting", attempt: this.#attempt, since: this.#downSince };
    },
    live: ({ welcome }) => {
      this.#attempt = 0;
      this.#secret = welcome?.resume;
      this.#silence.start((welcome?.heartbeat ?? 0) + this.#options.requestTimeoutMs);
      return { state: "live", session: welcome?.session ?? "", since: Date.now() };
    },
    leaving: ({ retryAfterMs }) => {
      this.#setRetry(retryAfterMs);
      this.#after(patienceMs, "left", draining);
      return this.#waiting(draining.reason);
    },
    waiting: ({ retryAfterMs }, reason) => {
      const isAnnounced = this.#retryAt !== undefined;
      if (!isAnnounced) this.#setRetry(retryAfterMs);
      this.#after(Math.max(0, (this.#retryAt ?? 0) - Date.now()), "due");
      return isAnnounced ? this.#status : this.#waiting(reason);
    },
    offline: (_, reason) => {
      this.#retryAt = Number.POSITIVE_INFINITY;
      return this.#waiting(reason);
    },
    closed: ({ code = 1000 }, reason) => {
      this.#unwatch?.();
      this.#unwatch = undefined;
      if (code !== 1000) this.#secret = undefined;
      return { state: "closed", code, reason };
    },
  };

  #waiting(reason: string): Status {
    const retryAt = this.#retryAt ?? Number.POSITIVE_INFINITY;
    return { state: "waiting", attempt: this.#attempt + 1, retryAt, since: this.#downSince, reason };
  }

  /** The server's wish counts, spread a little, since others may have heard the same one; else the backoff. */
  #setRetry(retryAfterMs: number | undefined): void {
    const { backoff } = this.#options;
    const now = Date.now();
    const wished = retryAfterMs === undefined ? this.#notBefore : now + retryAfterMs;
    const isWished = retryAfterMs !== undefined || wished > now;
    this.#retryAt = isWished
      ? wished + Math.random() * backoff.baseMs
      : now + backoffMs(this.#attempt, backoff);
  }

  #after(ms: number, happening: Happening, facts?: Facts): void {
    this.#timer = setTimeout(() => this.#happen(happening, facts), ms);
  }

  #hangUp(code: number): void {
    this.#silence.stop();
    this.#dial?.abort();
    this.#dial = undefined;
    if (this.#socket === undefined) return;
    this.#previous = this.#socket;
    this.#socket = undefined;
    this.#previous.close(code, "");
  }

  async #connect(signal: AbortSignal): Promise<void> {
    try {
      await this.#previous?.goneOr(patienceMs, signal);
      if (signal.aborted) return;
      this.#previous = undefined;
      const hello = await this.#options.hello(this.#secret);
      if (signal.aborted) return;
      const socket: Socket = new Socket(this.#options.WebSocket, this.#options.url, {
        opened: () => socket.send(hello),
        received: (text) => this.#received(text),
        closed: (code, reason) => this.#closed(code, reason),
      });
      this.#socket = socket;
    } catch (error) {
      if (signal.aborted) return;
      this.#listener.report(error);
      this.#happen("lost", { reason: error instanceof Error ? error.message : String(error) });
    }
  }

  #closed(code: number, reason: string): void {
    const meaning = Object.values(closeCodes).find((known) => known.code === code)?.meaning;
    // Whoever has the session now, perhaps an earlier try of ours that came late, keeps it.
    if (code === closeCodes.replaced.code) this.#secret = undefined;
    const why = reason || this.#lastWords || (meaning ?? `the connection is gone (${code})`);
    this.#happen(comesBack(code) ? "lost" : "ended", { code, reason: why });
  }

  #received(text: string): void {
    const at = Date.now();
    this.#silence.heard(at);
    try {
      const frame = readDownFrame(text);
      if (frame === undefined) return;
      if (frame.type === "welcome") this.#happen("welcomed", { welcome: frame });
      else if (frame.type === "draining")
        this.#happen("drained", { retryAfterMs: frame.retryAfter, ...draining });
      else if (frame.type === "error" && frame.id === undefined) this.#complained(frame);
      else this.#listener.frame(frame, text, at);
    } catch (error) {
      this.#listener.report(error);
    }
  }

  /** An error that answers no request: why the connection is about to end, or something to be known. */
  #complained(frame: DownFrameOf<"error">): void {
    this.#lastWords = frame.message;
    if (frame.retryAfter !== undefined) this.#notBefore = Date.now() + frame.retryAfter;
    if (this.#state !== "connecting") this.#listener.report(errorOf(frame));
  }
}
