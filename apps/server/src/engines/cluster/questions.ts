import type { Clock } from "../../core/clock.ts";
import type { Peers } from "../../core/peers.ts";

/** How long an answer may take, in ms; a node that is lost is not waited for. */
const answerMs = 2_000;

/** What questions need of the peers. */
type Told = Pick<Peers, "tell" | "hear" | "others" | "connected">;

interface Question {
  readonly id: number;
  readonly asked: unknown;
}

interface Answer {
  readonly id: number;
  readonly answer: unknown;
}

interface Open {
  readonly waitsFor: Set<string>;
  readonly hear: (answer: never, from: string) => void;
  readonly settle: (isWhole: boolean) => void;
  isWhole: boolean;
}

const answers = "answer";

/** Asking others, by what they are told and tell. */
export class Questions {
  readonly #peers: Told;
  readonly #clock: Clock;
  readonly #report: (error: unknown) => void;
  readonly #open = new Map<number, Open>();
  #id = 0;

  constructor(peers: Told, clock: Clock, report: (error: unknown) => void) {
    this.#peers = peers;
    this.#clock = clock;
    this.#report = report;
    peers.hear(answers, ({ id, answer }: Answer, from) => {
      const open = this.#open.get(id);
      open?.hear(answer as never, from);
      this.#done(open, from);
    });
  }

  /** See `Peers.ask`. */
  ask(
    question: string,
    asked: unknown,
    hear: (answer: never, from: string) => void,
    only?: string,
  ): Promise<boolean> {
    const { others, connected } = this.#peers;
    const waitsFor = new Set([...others].filter((node) => only === undefined || node === only));
    if (waitsFor.size === 0) return Promise.resolve(connected && only === undefined);
    const id = (this.#id += 1);
    return new Promise((resolve) => {
      const stop = this.#clock.after(answerMs, () => settle(false));
      const settle = (isWhole: boolean) => {
        stop();
        this.#open.delete(id);
        resolve(isWhole);
      };
      this.#open.set(id, { waitsFor, hear, settle, isWhole: true });
      this.#peers.tell(channelOf(question), { id, asked } satisfies Question, only);
    });
  }

  /** See `Peers.answer`. */
  answer(question: string, answer: (asked: never, from: string) => unknown): void {
    this.#peers.hear(channelOf(question), ({ id, asked }: Question, from) => {
      const tell = (answered: unknown) =>
        this.#peers.tell(answers, { id, answer: answered } satisfies Answer, from);
      const answered = answer(asked as never, from);
      // What is known at once is told at once: before anything else that this node tells later.
      if (answered instanceof Promise) answered.then(tell).catch(this.#report);
      else tell(answered);
    });
  }

  /** The node answers no more. */
  lost(node: string): void {
    for (const open of this.#open.values()) {
      if (!open.waitsFor.has(node)) continue;
      open.isWhole = false;
      this.#done(open, node);
    }
  }

  #done(open: Open | undefined, node: string): void {
    if (open?.waitsFor.delete(node) === true && open.waitsFor.size === 0) open.settle(open.isWhole);
  }
}

function channelOf(question: string): string {
  return `${question}?`;
}
