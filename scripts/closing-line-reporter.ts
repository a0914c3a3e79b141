import type { Reporter, SerializedError, TestModule } from "vitest/node";

/**
 * Ends the output with `N passed, N failed`, alone on its line (`N skipped` before it where some were). A file that could
 * not be loaded and an error outside of any test each count as a failure.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const lines = closingLines(modules, unhandledErrors);
    // The other reporters write when the run ends, too, and these lines come after theirs.
    process.once("exit", () => process.stdout.write(`\n${lines}\n`));
  }
}

function closingLines(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): string {
  const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const module of modules) {
    const results = [...module.children.allTests()].map((test) => test.result().state);
    for (const state of results) count[state === "pending" ? "failed" : state] += 1;
    // A file or a hook around its tests failed, and no test of it says so.
    if (module.state() === "failed" && !results.includes("failed")) count.failed += 1;
  }
  const skipped = count.skipped > 0 ? `${count.skipped} skipped\n` : "";
  return `${skipped}${count.passed} passed, ${count.failed} failed`;
}
