import type { Clock } from "../../core/clock.ts";
import type { PusherApp } from "./app.ts";
import type { ChannelListener } from "./channels.ts";
import { signatureOf } from "./signature.ts";

/** One thing that happened, as it stands in a webhook: `channel_occupied`, `member_added`, `client_event` and so on. */
type WebhookEvent = Readonly<Record<string, string>>;

/** What webhooks are made of. */
export interface WebhookParts {
  readonly app: PusherApp;
  /** The application's back end. */
  readonly url: string;
  readonly clock: Clock;
  /** Tells whoever runs the server what could not be delivered. */
  readonly tell: (news: string) => void;
}

/** How long a channel is empty, or a user away, before anybody is told: a page that reloads is not away. */
const graceMs = 3_000;
/** How long events are collected into one request, in ms, and how many at most. */
const collectMs = 50;
const eventsPerRequestMax = 100;
/** How many events wait for a back end that does not answer; beyond it the oldest are dropped, which is told. */
const waitingMax = 10_000;
/** How long a request may take, and for how long an event is offered again, as at Pusher. */
const timeoutMs = 10_000;
const retryForMs = 300_000;

/** Tells an application's back end what happens on its channels: signed, in order, again and again until it answers with 2xx. */
export class Webhooks implements ChannelListener {
  readonly #parts: WebhookParts;
  /** What would be told once the grace is over, by what it is about. */
  readonly #leaving = new Map<string, () => void>();
  #waiting: WebhookEvent[] = [];
  #isSending = false;
  #isStopped = false;
  #stopTimer = (): void => {};

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  occupied(channel: string): void {
    if (!this.#returned(channel)) this.tell({ name: "channel_occupied", channel });
  }

  vacated(channel: string): void {
    this.#afterGrace(channel, { name: "channel_vacated", channel });
  }

  memberAdded(channel: string, userId: string): void {
    if (!this.#returned(`${channel} ${userId}`))
      this.tell({ name: "member_added", channel, user_id: userId });
  }

  memberRemoved(channel: string, userId: string): void {
    this.#afterGrace(`${channel} ${userId}`, { name: "member_removed", channel, user_id: userId });
  }

  /** Offers the event to the back end. */
  tell(event: WebhookEvent): void {
    if (this.#isStopped) return;
    this.#waiting.push(event);
    if (this.#waiting.length > waitingMax) {
      this.#waiting.shift();
      this.#parts.tell(
        `webhooks: more than ${waitingMax} events wait for ${this.#parts.url}; the oldest is dropped`,
      );
    }
    if (!this.#isSending) this.#sendAfter(collectMs, this.#parts.clock.now());
  }

  /** Nothing more is told. */
  stop(): void {
    this.#isStopped = true;
    this.#stopTimer();
    for (const cancel of this.#leaving.values()) cancel();
    this.#leaving.clear();
    this.#waiting = [];
  }

  /** Whether it was about to be told that they had left. */
  #returned(what: string): boolean {
    const cancel = this.#leaving.get(what);
    cancel?.();
    return cancel !== undefined && this.#leaving.delete(what);
  }

  #afterGrace(what: string, event: WebhookEvent): void {
    const cancel = this.#parts.clock.after(graceMs, () => {
      this.#leaving.delete(what);
      this.tell(event);
    });
    this.#leaving.set(what, cancel);
  }

  #sendAfter(ms: number, since: number): void {
    this.#isSending = true;
    this.#stopTimer = this.#parts.clock.after(ms, () => void this.#send(ms, since));
  }

  /** @param since when these events were first offered */
  async #send(waitedMs: number, since: number): Promise<void> {
    const { clock, url, tell } = this.#parts;
    const events = this.#waiting.slice(0, eventsPerRequestMax);
    const fault = await this.#post(events);
    if (this.#isStopped) return;
    const isLate = clock.now() - since > retryForMs;
    if (fault !== undefined && !isLate) return this.#sendAfter(Math.min(waitedMs * 2 + 1_000, 60_000), since);
    if (fault !== undefined) tell(`webhooks: ${events.length} events for ${url} are dropped: ${fault}`);
    this.#waiting = this.#waiting.filter((event) => !events.includes(event));
    this.#isSending = false;
    if (this.#waiting.length > 0) this.#sendAfter(0, clock.now());
  }

  /** @returns what went wrong */
  async #post(events: readonly WebhookEvent[]): Promise<string | undefined> {
    const { app, url, clock } = this.#parts;
    const body = JSON.stringify({ time_ms: clock.now(), events });
    const headers = {
      "Content-Type": "application/json",
      "X-Pusher-Key": app.key,
      "X-Pusher-Signature": signatureOf(app, body),
    };
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = await fetch(url, { method: "POST", headers, body, signal, redirect: "error" });
      await answer.body?.cancel();
      return answer.ok ? undefined : `it answers ${answer.status}`;
    } catch (error) {
      return (error as Error).message;
    }
  }
}
