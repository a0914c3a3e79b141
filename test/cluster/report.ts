/** Tells what a test has counted, in the test run's output. */
export function report(what: string, counts: object): void {
  const facts = Object.entries(counts).map(([name, value]) => `${name} ${String(value)}`);
  process.stdout.write(`  [cluster] ${what}: ${facts.join(", ")}\n`);
}
