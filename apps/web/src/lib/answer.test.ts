import { expect, it } from "vitest";

import { answerLines, answerSummary } from "./answer.ts";

const result = (crmId: string, offset: number, receivers?: number) => ({
  topic: `crm.${crmId}`,
  epoch: "e",
  offset,
  ...(receivers === undefined ? {} : { receivers }),
});

const keptFor = new Map([
  ["crm.42", "24 h"],
  ["crm.43", "24 h"],
]);
const textsOf = (...results: ReturnType<typeof result>[]) =>
  answerLines({ publication: "p", results }, { keptFor }).map((line) => line.text);

it("says who got it, and where it stands", () => {
  expect(textsOf(result("42", 17, 2))).toEqual(["Delivered to 2 · offset 17"]);
  expect(textsOf(result("42", 17, 0))).toEqual(["Nobody is listening on 42. It is kept for 24 h."]);
  expect(textsOf(result("42", 17))).toEqual(["Sent · offset 17"]);
});

it("[R20] says how many have acknowledged it, and when not all did in time", () => {
  const published = { publication: "p", results: [result("42", 17, 2)] };
  const all = { keptFor, acknowledged: { acked: 2, receivers: 2, tookMs: 38 } };
  const text = "Delivered to 2, acknowledged by 2 in 38 ms · offset 17";
  expect(answerLines(published, all).map((line) => line.text)).toEqual([text]);
  expect(answerSummary(published, all)).toBe(text);
  const some = { keptFor, acknowledged: { acked: 1, receivers: 2, tookMs: 2_004 } };
  expect(answerSummary(published, some)).toBe(
    "Delivered to 2, acknowledged by 1 of 2 within 2.0 s · offset 17",
  );
});

it("names the line where there are several, and says once what all have acknowledged", () => {
  const results = [result("42", 17, 2), result("43", 1, 0)];
  const lines = ["Delivered to 2 on 42 · offset 17", "Nobody is listening on 43. It is kept for 24 h."];
  expect(textsOf(...results)).toEqual(lines);
  const facts = { keptFor, acknowledged: { acked: 2, receivers: 2, tookMs: 5 } };
  const published = { publication: "p", results };
  expect(answerLines(published, facts).map((line) => line.text)).toEqual([
    ...lines,
    "Acknowledged by 2 in 5 ms",
  ]);
  expect(answerSummary(published, facts)).toBe("Delivered to 2 on 2 lines, acknowledged by 2 in 5 ms");
});

it("does not promise to keep what is not kept", () => {
  expect(textsOf(result("99", 1, 0))).toEqual(["Nobody is listening on 99."]);
});
