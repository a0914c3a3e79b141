import * as fc from "fast-check";
import { expect, it } from "vitest";
import { SmallMap } from "./small-map.ts";

it("is a map, whether it has no entry, one or several", () => {
  const keys = fc.constantFrom("a", "b", "c");
  const steps = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ set: keys, value: fc.nat(2) }) },
      { weight: 3, arbitrary: fc.record({ delete: keys }) },
      { weight: 1, arbitrary: fc.constant("clear" as const) },
    ),
    { size: "max", maxLength: 30 },
  );
  let returns = 0;
  fc.assert(
    fc.property(steps, (play) => {
      const model = new Map<string, number>();
      const map = new SmallMap<string, number>();
      let hadSeveral = false;
      for (const step of play) {
        if (step === "clear") {
          map.clear();
          model.clear();
        } else if ("set" in step) {
          map.set(step.set, step.value);
          model.set(step.set, step.value);
        } else expect(map.delete(step.delete)).toBe(model.delete(step.delete));
        expect(map.size).toBe(model.size);
        expect([...map.values()]).toEqual([...model.values()]);
        for (const key of ["a", "b", "c"]) {
          expect(map.get(key)).toBe(model.get(key));
          expect(map.has(key)).toBe(model.has(key));
        }
        if (hadSeveral && model.size === 1) returns += 1;
        hadSeveral = model.size > 1;
      }
    }),
    { numRuns: 300 },
  );
  expect(returns).toBeGreaterThan(100);
});
