import { expect } from "vitest";
import type { Crowd } from "../recovery/crowd.ts";
import { historyAt } from "../recovery/rest.ts";
import { until } from "../recovery/until.ts";
import type { Publishers } from "./publishers.ts";

/**
 * Every follower heard just what was acknowledged, each event once, and all of a record's followers in the same order: that of the history
 * @param at without `url` the history is not asked
 */
export async function expectHeard(
  crowd: Crowd,
  { accepted }: Publishers,
  at: { readonly url?: string | undefined; readonly records: number; readonly clients: number },
) {
  const heard = (accepted * at.clients) / at.records;
  const isHeard = async () => (await crowd.state()).heard >= heard;
  await until(isHeard, { ms: 60_000, everyMs: 100, note: () => `${heard} expected` });
  const { logsOf, comebacks, gaps, recoveries } = await crowd.result();
  const stored: number[] = [];
  for (let record = 0; record < at.records; record++) {
    const [log = "[]", ...others] = logsOf(String(record));
    expect(others, `record ${record}: other logs than ${log}`).toEqual([]);
    stored.push(...(JSON.parse(log) as number[]));
    if (at.url === undefined) continue;
    const events = await historyAt(at.url, `crm.${record}`);
    expect(log, `record ${record}`).toBe(JSON.stringify(events.map(({ data }) => data)));
  }
  expect(stored.toSorted((a, b) => a - b)).toEqual(Array.from({ length: accepted }, (_, i) => i));
  expect(gaps).toBe(0);
  return { accepted, heard, comebacks: comebacks.length, recoveries, gaps };
}
