import { expect, it } from "vitest";

import { answerLines } from "./answer.ts";

const result = (crmId: string, offset: number, receivers?: number) => ({
  topic: `crm.${crmId}`,
  epoch: "e",
  offset,
  ...(receivers === undefined ? {} : { receivers }),
});

const textsOf = (...results: ReturnType<typeof result>[]) =>
  answerLines({ publication: "p", results }, "24 h").map((line) => line.text);

it("says who got it, and where it stands", () => {
  expect(textsOf(result("42", 17, 2))).toEqual(["Delivered to 2 · offset 17"]);
  expect(textsOf(result("42", 17, 0))).toEqual(["Nobody is listening on 42. It is kept for 24 h."]);
  expect(textsOf(result("42", 17))).toEqual(["Sent · offset 17"]);
});

it("names the line where there are several", () => {
  expect(textsOf(result("42", 17, 2), result("43", 1, 0))).toEqual([
    "Delivered to 2 on 42 · offset 17",
    "Nobody is listening on 43. It is kept for 24 h.",
  ]);
});

it("does not promise to keep what is not kept", () => {
  expect(answerLines({ publication: "p", results: [result("42", 1, 0)] }, undefined)[0]?.text).toBe(
    "Nobody is listening on 42.",
  );
});
