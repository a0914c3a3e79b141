import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "./server-process.ts";

/** What a child process answers to: a name, and what it is asked with. Both sides are JSON. */
export type Answers = Readonly<Record<string, (asked: never) => unknown>>;

type AskedOf<Method> = Method extends (asked: infer Asked) => unknown ? Asked : never;
type AnswerOf<Method> = Method extends (asked: never) => infer Answer ? Awaited<Answer> : never;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly asked: unknown;
}

interface Answer {
  readonly id: number;
  readonly answer?: unknown;
  readonly fault?: string;
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** A process of its own that answers questions, so that a crowd of clients does not slow down the test. Ends with the block. */
export class Child<A extends Answers> implements Disposable {
  readonly #process: Bun.Subprocess;
  readonly #open = new Map<number, Waiting>();
  #id = 0;

  /** @param file its program, beside this file */
  constructor(file: string) {
    this.#process = Bun.spawn([process.execPath, fileURLToPath(new URL(file, import.meta.url))], {
      env: cleanEnvironment(),
      stdout: "inherit",
      stderr: "inherit",
      ipc: (message: Answer) => this.#answered(message),
    });
    void this.#process.exited.then((code) => {
      for (const { reject } of this.#open.values()) reject(new Error(`${file} ended with ${code}`));
    });
  }

  ask<Name extends keyof A & string>(name: Name, asked: AskedOf<A[Name]>): Promise<AnswerOf<A[Name]>> {
    const id = (this.#id += 1);
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#process.send({ id, name, asked } satisfies Question);
    });
  }

  [Symbol.dispose](): void {
    this.#process.kill("SIGKILL");
  }

  #answered(heard: Answer): void {
    const open = this.#open.get(heard.id);
    this.#open.delete(heard.id);
    if (heard.fault === undefined) open?.resolve(heard.answer as never);
    else open?.reject(new Error(heard.fault));
  }
}

/** In the child: answers what the test asks. */
export function answer(answers: Answers): void {
  process.on("message", ({ id, name, asked }: Question) => {
    Promise.try(answers[name] as (asked: unknown) => unknown, asked).then(
      (answered) => process.send?.({ id, answer: answered } satisfies Answer),
      (error: unknown) => process.send?.({ id, fault: String(error) } satisfies Answer),
    );
  });
}
