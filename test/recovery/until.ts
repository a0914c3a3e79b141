/** Resolves when the condition holds, looked at every few ms; rejects after so long, with what is known. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { ms = 20_000, everyMs = 5, note = () => "" }: { ms?: number; everyMs?: number; note?: () => string } = {},
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${String(condition)} ${note()}`);
    await Bun.sleep(everyMs);
  }
}
