import { describe, expect, it } from "vitest";
import { onceMoreAfterCrash } from "./crash.mjs";

describe("tests whose runner crashes", () => {
  it.each([
    ["SIGABRT, then all pass", [134, 0], 0, 2],
    ["SIGSEGV, then some fail", [139, 1], 1, 2],
    ["twice", [134, 139, 0], 139, 2],
    ["never: some fail", [1, 0], 1, 1],
    ["never: it was told to end", [143, 0], 143, 1],
    ["never: the memory was used up", [137, 0], 137, 1],
  ])("run once more, and no more than that (%s)", async (_, codes, code, runs) => {
    const left = [...codes];
    const said: string[] = [];
    const run = async () => left.shift() ?? 0;
    expect(await onceMoreAfterCrash(run, (news) => void said.push(news))).toBe(code);
    expect([codes.length - left.length, said.length]).toEqual([runs, runs - 1]);
  });
});
