/** Whether the large tests run in the sizes that the issue names; by default some are smaller, so that all take two minutes at most. */
export const isFull = process.env.SWITCHBOARD_TEST_FULL === "1";

/** Tells what a test has counted, in the test run's output. */
export function report(what: string, counts: object): void {
  const facts = Object.entries(counts).map(([name, value]) => `${name} ${String(value)}`);
  process.stdout.write(`  [recovery] ${what}: ${facts.join(", ")}\n`);
}
