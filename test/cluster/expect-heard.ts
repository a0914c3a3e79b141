import { expect } from "vitest";
import type { Crowd } from "../recovery/crowd.ts";
import { historyAt } from "../recovery/rest.ts";
import { until } from "../recovery/until.ts";
import type { Publishers } from "./publishers.ts";

/** Every follower heard just what was acknowledged, each event once and in the order of the history. */
export async function expectHeard(
  crowd: Crowd,
  { accepted }: Publishers,
  at: { readonly url: string; readonly records: number; readonly clients: number },
) {
  const heard = (accepted * at.clients) / at.records;
  const isHeard = async () => (await crowd.state()).heard >= heard;
  await until(isHeard, { ms: 60_000, everyMs: 100, note: () => `${heard} expected` });
  const { logsOf, comebacks, gaps, recoveries } = await crowd.result();
  const stored: number[] = [];
  for (let record = 0; record < at.records; record++) {
    const events = (await historyAt(at.url, `crm.${record}`)).map(({ data }) => data as number);
    expect(logsOf(String(record)), `record ${record}`).toEqual([JSON.stringify(events)]);
    stored.push(...events);
  }
  expect(stored.toSorted((a, b) => a - b)).toEqual(Array.from({ length: accepted }, (_, i) => i));
  expect(gaps).toBe(0);
  return { accepted, heard, comebacks: comebacks.length, recoveries, gaps };
}
