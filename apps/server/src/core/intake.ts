import type { Clock } from "./clock.ts";
import type { Conversation } from "./conversation.ts";
import { Close, Refusal } from "./errors.ts";
import type { Frame } from "./frame.ts";
import type { Hooks } from "./hooks.ts";
import { Inbox } from "./inbox.ts";
import type { Limits } from "./limits.ts";
import { Rate } from "./rate.ts";
import { refusedIn, type Refused, type Refusee } from "./refused.ts";
import { askToOpen, hearThrough } from "./session-hooks.ts";

/** Whose frames are taken in. */
interface Owner<S> extends Refusee {
  readonly node: {
    readonly hooks: Hooks<S>;
    readonly limits: Limits;
    readonly clock: Clock;
    readonly refused: (refused: Refused) => void;
  };
  readonly ended: boolean;
  fail(error: unknown): void;
}

/** What a client says on its way to the conversation: in order, each frame after those before it were answered. */
export class Intake<S extends Owner<S>> {
  readonly #owner: S;
  #conversation: Conversation | undefined;
  #inbox: Inbox | undefined;
  #frames: Rate | undefined;
  #bytes: Rate | undefined;

  constructor(owner: S) {
    this.#owner = owner;
  }

  /** Undefined before the conversation has begun. */
  get conversation(): Conversation | undefined {
    return this.#conversation;
  }

  /** From now on frames are heard there, once the application has let the session in. */
  begin(conversation: Conversation): void {
    this.#conversation = conversation;
    const opening = askToOpen(this.#owner.node.hooks, this.#owner);
    if (opening !== undefined) this.#holdWhile(opening.then(() => this.#greet()));
    else this.#doNow(() => this.#greet());
  }

  /** A frame from the client: one that comes too soon is refused. */
  take(frame: Frame): void {
    const { limits, clock } = this.#owner.node;
    const frames = (this.#frames ??= new Rate(limits.framesPerSecondMax, clock));
    const bytes = (this.#bytes ??= new Rate(limits.bytesPerSecondMax, clock));
    const waitMs = Math.max(frames.take(), bytes.take(frame.length));
    if (waitMs > 0) this.#refuse(frame, waitMs, frames.isExceeded || bytes.isExceeded);
    else this.#hearInTurn(frame);
  }

  #refuse(frame: Frame, retryAfterMs: number, isExceeded: boolean): void {
    const { framesPerSecondMax, bytesPerSecondMax } = this.#owner.node.limits;
    const why = `frames: ${framesPerSecondMax} a second at most, of ${bytesPerSecondMax} bytes in all`;
    if (isExceeded) return this.#owner.fail(new Close("rateLimited", why));
    const refusal = new Refusal("rate_limited", why, { retryAfterMs });
    this.#owner.node.refused(refusedIn(this.#owner, refusal));
    this.#doNow(() => this.#conversation?.refuse?.(frame, refusal));
  }

  #hearInTurn(frame: Frame): void {
    if (this.#inbox === undefined) this.#doNow(() => this.hear(frame));
    else if (!this.#inbox.take(frame)) {
      const { framesWaitingMax } = this.#owner.node.limits;
      this.#owner.fail(new Close("rateLimited", `more than ${framesWaitingMax} frames wait`));
    }
  }

  /** Hears a frame whose turn has come. @throws what the conversation throws */
  hear(frame: Frame): void | Promise<void> {
    if (this.#owner.node.hooks.onMessage === undefined) return this.#conversation?.hear(frame);
    return hearThrough(this.#owner.node.hooks, this.#owner, frame, (passed) => {
      if (!this.#owner.ended) return this.#conversation?.hear(passed);
    });
  }

  fail(error: unknown): void {
    this.#owner.fail(error);
  }

  /** Forgets what waits: the session has ended. */
  clear(): void {
    this.#inbox?.clear();
  }

  #greet(): void | Promise<void> {
    if (!this.#owner.ended) return this.#conversation?.greet?.();
  }

  #doNow(task: () => void | Promise<void>): void {
    try {
      const doing = task();
      if (doing !== undefined) this.#holdWhile(doing);
    } catch (error) {
      this.#owner.fail(error);
    }
  }

  #holdWhile(answering: Promise<void>): void {
    this.#inbox = new Inbox(this, this.#owner.node.limits.framesWaitingMax, () => (this.#inbox = undefined));
    void this.#inbox.after(answering);
  }
}
