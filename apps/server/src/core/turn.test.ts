import { describe, expect, it } from "vitest";
import { Turn } from "./turn.ts";

function manualTurn() {
  const ends: (() => void)[] = [];
  const faults: unknown[] = [];
  const turn = new Turn(
    (end) => ends.push(end),
    (error) => faults.push(error),
  );
  const done: string[] = [];
  const task = (name: string, then?: () => void) => ({
    run() {
      done.push(name);
      then?.();
    },
  });
  return { turn, ends, faults, done, task };
}

describe("the end of a turn", () => {
  it("comes once for all that is asked for in the turn, in the order it was asked for", () => {
    const { turn, ends, done, task } = manualTurn();
    for (const name of ["a", "b", "c"]) turn.atEnd(task(name));
    expect(ends.length).toBe(1);
    expect(done).toEqual([]);
    ends[0]?.();
    expect(done).toEqual(["a", "b", "c"]);
  });

  it("runs what its tasks ask for, too", () => {
    const { turn, ends, done, task } = manualTurn();
    turn.atEnd(task("a", () => turn.atEnd(task("c"))));
    turn.atEnd(task("b"));
    ends[0]?.();
    expect(done).toEqual(["a", "b", "c"]);
    expect(ends.length).toBe(1);
  });

  it("comes again for the next turn", () => {
    const { turn, ends, done, task } = manualTurn();
    turn.atEnd(task("a"));
    ends[0]?.();
    turn.atEnd(task("b"));
    expect(ends.length).toBe(2);
    ends[1]?.();
    expect(done).toEqual(["a", "b"]);
  });

  it("a task that throws is reported, and the others run", () => {
    const { turn, ends, faults, done, task } = manualTurn();
    turn.atEnd(
      task("a", () => {
        throw new Error("no");
      }),
    );
    turn.atEnd(task("b"));
    ends[0]?.();
    expect(done).toEqual(["a", "b"]);
    expect(faults).toMatchObject([{ message: "no" }]);
  });
});
