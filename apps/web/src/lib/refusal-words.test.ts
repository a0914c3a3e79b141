import { SwitchboardError } from "@switchboard/sdk";
import { expect, it } from "vitest";

import { followRefusal, publishRefusal } from "./refusal-words.ts";

const words = (...facts: ConstructorParameters<typeof SwitchboardError>) =>
  publishRefusal(new SwitchboardError(...facts), ["41", "42"]);

it("names the record that may not be published to, or followed", () => {
  expect(words("forbidden", "publish: crm.42 is not among what this token or key may publish").text).toBe(
    "Not sent: this token may not publish to 42.",
  );
  expect(words("forbidden", "no").text).toBe("Not sent: this token may not publish to 41, 42.");
  expect(followRefusal(new SwitchboardError("forbidden", "no"), "43")).toBe("You may not follow 43");
});

it("says why the connection is closed that it would have been sent over", () => {
  expect(words("closed", "moved away").text).toBe("Not sent: the connection is closed (moved away).");
  for (const reason of ["a token is needed", "token: has expired"])
    expect(words("closed", reason).text).toBe("Not sent: this server asks for a token.");
});

it("[R23] says once what the contract does not allow", () => {
  const one = { path: "data.amount", message: "must be a number" };
  expect(words("invalid_payload", "data.amount: must be a number", { details: [one] })).toEqual({
    text: "Not sent: the contract does not allow it. data.amount: must be a number",
    details: [],
  });
  expect(words("invalid_payload", "data.amount: … (and 1 more)", { details: [one, one] })).toEqual({
    text: "Not sent: the contract does not allow it.",
    details: ["data.amount: must be a number", "data.amount: must be a number"],
  });
});
