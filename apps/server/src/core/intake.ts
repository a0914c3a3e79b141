import type { Conversation } from "./conversation.ts";
import { Close } from "./errors.ts";
import type { Frame } from "./frame.ts";
import type { Hooks } from "./hooks.ts";
import { Inbox } from "./inbox.ts";
import { askToOpen, hearThrough } from "./session-hooks.ts";

/** Whose frames are taken in. */
interface Owner<S> {
  readonly node: { readonly hooks: Hooks<S>; readonly limits: { readonly framesWaitingMax: number } };
  readonly ended: boolean;
  fail(error: unknown): void;
}

/** What a client says on its way to the conversation: in order, each frame after those before it were answered. */
export class Intake<S extends Owner<S>> {
  readonly #owner: S;
  #conversation: Conversation | undefined;
  #inbox: Inbox | undefined;

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

  /** A frame from the client. */
  take(frame: Frame): void {
    if (this.#inbox === undefined) this.#doNow(() => this.hear(frame));
    else if (!this.#inbox.take(frame)) {
      const { framesWaitingMax } = this.#owner.node.limits;
      this.#owner.fail(new Close("rateLimited", `more than ${framesWaitingMax} frames wait`));
    }
  }

  /** Hears a frame whose turn has come. @throws what the conversation throws */
  hear(frame: Frame): void | Promise<void> {
    if (this.#owner.node.hooks.onMessage === undefined) return this.#conversation?.hear(frame);
    return hearThrough(this.#owner.node.hooks, this.#owner, frame, (passed) =>
      this.#conversation?.hear(passed),
    );
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
