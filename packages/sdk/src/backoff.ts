/** Between which bounds the waiting before another try lies, in ms. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** What a client does where its options say nothing else. */
export const defaultBackoff: Backoff = { baseMs: 500, maxMs: 20_000 };

/**
 * How long to wait, in ms, before the next try after `failures` in a row: full jitter, so that a crowd that was dropped together
 * comes back spread. Never below `baseMs`, never above `maxMs`.
 * @param random gives a number from 0 to 1, as `Math.random` does.
 */
export function backoffMs(failures: number, { baseMs, maxMs }: Backoff, random = Math.random): number {
  const spread = Math.min(maxMs, baseMs * 2 ** Math.min(failures, 31));
  return Math.min(maxMs, Math.floor(baseMs + random() * spread));
}
