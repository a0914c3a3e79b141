import { expect, it } from "vitest";

import { readReceiver, readSender, writeReceiver, writeSender } from "./url-state.ts";

it("the receiver's address says what is followed and how it is looked at", () => {
  const state = { crmIds: ["42", "43"], query: "a b&c", name: "deal.updated", paused: true };
  const search = writeReceiver(state);
  expect(search).toBe("?crmId=42,43&q=a+b%26c&name=deal.updated&paused=1");
  expect(readReceiver(new URLSearchParams(search))).toEqual(state);
  expect(writeReceiver({ crmIds: [], query: "", name: "", paused: false })).toBe("");
});

it("the receiver's address may repeat crmId, and what is no crmId is passed over", () => {
  expect(readReceiver(new URLSearchParams("?crmId=42&crmId=43,b%20c,$")).crmIds).toEqual([
    "42",
    "43",
    "b",
    "c",
  ]);
  expect(readReceiver(new URLSearchParams("?paused=0")).paused).toBe(false);
});

it("the sender's address says to whom, and what kind of message", () => {
  expect(writeSender({ to: "42, 43", name: "note" })).toBe("?to=42,43&name=note");
  expect(readSender(new URLSearchParams("?to=42,43&name=note"))).toEqual({ to: "42,43", name: "note" });
});
