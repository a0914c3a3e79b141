/** Something to be done once, at the end of a turn of the event loop. */
export interface Task {
  run(): void;
}

/**
 * The end of a turn of the event loop: what is asked for during the turn runs there, in the order it was asked for, and so does
 * what these tasks ask for in their course. One turn's publishes share a commit, and one turn's frames to a session a write.
 */
export class Turn {
  readonly #schedule: (callback: () => void) => void;
  readonly #report: (error: unknown) => void;
  #tasks: Task[] = [];

  /** @param schedule calls back once, after the current turn's reads (`setImmediate`) */
  constructor(schedule: (callback: () => void) => void, report: (error: unknown) => void) {
    this.#schedule = schedule;
    this.#report = report;
  }

  /** Runs the task at the end of this turn; a task that throws is reported, and the others run. */
  atEnd(task: Task): void {
    if (this.#tasks.push(task) === 1) this.#schedule(this.#end);
  }

  readonly #end = (): void => {
    const tasks = this.#tasks;
    for (let i = 0; i < tasks.length; i++) {
      try {
        tasks[i]?.run();
      } catch (error) {
        this.#report(error);
      }
    }
    this.#tasks = [];
  };
}

/** No turn at all: what is asked for is run where it is asked for. */
export const atOnce: Pick<Turn, "atEnd"> = { atEnd: (task) => task.run() };
