import type { Clock } from "../../core/clock.ts";
import type { Eldest } from "../../core/eldest.ts";
import type { Peers } from "../../core/peers.ts";
import type { PusherApp } from "./app.ts";
import { signatureOf } from "./signature.ts";

/** One thing that happened, as it stands in a webhook: `channel_occupied`, `member_added`, `client_event` and so on. */
type WebhookEvent = Readonly<Record<string, string>>;

/** What webhooks are made of. */
export interface WebhookParts {
  readonly app: PusherApp;
  /** The application's back end. */
  readonly url: string;
  readonly clock: Clock;
  readonly peers: Peers;
  /** The node that tells what all nodes have noticed. */
  readonly eldest: Eldest;
  /** Tells whoever runs the server what could not be delivered. */
  readonly tell: (news: string) => void;
}

interface Waiting {
  readonly event: WebhookEvent;
  /** Whether other nodes have noticed it, too. */
  readonly isShared: boolean;
  /** Since when it waits, in ms since 1970. */
  readonly since: number;
}

/** How long events are collected into one request, in ms, and how many at most. */
const collectMs = 50;
const eventsPerRequestMax = 100;
/** How many events wait for a back end that does not answer; beyond it the oldest are dropped, which is told. */
const waitingMax = 10_000;
/** How long a request may take, and for how long an event is offered again, as at Pusher. */
const timeoutMs = 10_000;
const retryForMs = 300_000;

/**
 * Tells an application's back end what happens on its channels: signed, in order, again and again until it answers with 2xx. What
 * several nodes have noticed is told by the eldest of them; the others hold it until they hear that it was told, for the next to go on.
 */
export class Webhooks {
  readonly #parts: WebhookParts;
  /** What nodes call it among themselves. */
  readonly #told: string;
  #waiting: Waiting[] = [];
  #isSending = false;
  #isStopped = false;
  #stopTimer = (): void => {};

  constructor(parts: WebhookParts) {
    this.#parts = parts;
    const { app, url, peers, eldest } = parts;
    this.#told = `pusher.${app.id}.told ${url}`;
    peers.hear(this.#told, (events: readonly WebhookEvent[]) => this.#forgetTold(events));
    eldest.watch(() => {
      this.#forgetOld();
      this.#wake();
    });
  }

  /** Offers the back end what happened on this node. */
  tell(event: WebhookEvent): void {
    this.#add({ event, isShared: false, since: this.#parts.clock.now() });
  }

  /** Offers the back end what happened to the channels of all nodes, and every node tells here. */
  share(event: WebhookEvent): void {
    this.#add({ event, isShared: true, since: this.#parts.clock.now() });
  }

  /** Nothing more is told. */
  stop(): void {
    this.#isStopped = true;
    this.#stopTimer();
    this.#waiting = [];
  }

  #add(waiting: Waiting): void {
    if (this.#isStopped) return;
    this.#waiting.push(waiting);
    if (this.#waiting.length > waitingMax) this.#drop();
    if (this.#isDue(waiting)) this.#wake();
  }

  #drop(): void {
    const oldest = this.#waiting.shift();
    if (oldest === undefined || !this.#isDue(oldest)) return;
    this.#parts.tell(
      `webhooks: more than ${waitingMax} events wait for ${this.#parts.url}; the oldest is dropped`,
    );
  }

  readonly #isDue = ({ isShared }: Waiting): boolean => !isShared || this.#parts.eldest.isHere;

  #wake(): void {
    if (!this.#isSending && this.#waiting.some(this.#isDue))
      this.#sendAfter(collectMs, this.#parts.clock.now());
  }

  /** Another node has told these. */
  #forgetTold(events: readonly WebhookEvent[]): void {
    const told = new Map<string, number>();
    for (const key of events.map(keyOf)) told.set(key, (told.get(key) ?? 0) + 1);
    this.#waiting = this.#waiting.filter(({ event, isShared }) => {
      const count = isShared ? (told.get(keyOf(event)) ?? 0) : 0;
      if (count > 0) told.set(keyOf(event), count - 1);
      return count === 0;
    });
  }

  /** What no node has told for so long is not news any more. */
  #forgetOld(): void {
    const oldest = this.#parts.clock.now() - retryForMs;
    this.#waiting = this.#waiting.filter(({ isShared, since }) => !isShared || since >= oldest);
  }

  #sendAfter(ms: number, since: number): void {
    this.#isSending = true;
    this.#stopTimer = this.#parts.clock.after(ms, () => void this.#send(ms, since));
  }

  /** @param since when these events were first offered */
  async #send(waitedMs: number, since: number): Promise<void> {
    const { clock, url, tell, peers } = this.#parts;
    const due = this.#waiting.filter(this.#isDue).slice(0, eventsPerRequestMax);
    const fault = due.length === 0 ? undefined : await this.#post(due.map(({ event }) => event));
    if (this.#isStopped) return;
    const isLate = clock.now() - since > retryForMs;
    if (fault !== undefined && !isLate) return this.#sendAfter(Math.min(waitedMs * 2 + 1_000, 60_000), since);
    if (fault !== undefined) tell(`webhooks: ${due.length} events for ${url} are dropped: ${fault}`);
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    const shared = due.filter(({ isShared }) => isShared).map(({ event }) => event);
    if (shared.length > 0) peers.tell(this.#told, shared);
    this.#isSending = false;
    if (this.#waiting.some(this.#isDue)) this.#sendAfter(0, clock.now());
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

function keyOf({ name, channel, user_id: userId }: WebhookEvent): string {
  return `${name} ${channel} ${userId}`;
}
