import { expect, it } from "vitest";

import { connectionWords } from "./connection-words.ts";

const now = 1_000_000;

it("live says the latency once it is known", () => {
  expect(connectionWords({ state: "live", session: "s", since: 0 }, now, true).text).toBe("Live");
  expect(connectionWords({ state: "live", session: "s", since: 0, latencyMs: 4.2 }, now, true).text).toBe(
    "Live · 4 ms",
  );
});

it("waiting counts down, and after a while says since when it is offline", () => {
  const waiting = {
    state: "waiting",
    attempt: 2,
    retryAt: now + 2_400,
    since: now - 500,
    reason: "",
  } as const;
  expect(connectionWords(waiting, now, true)).toMatchObject({
    tone: "warn",
    text: "Reconnecting in 3 s · try 2",
    action: "Retry now",
  });
  expect(connectionWords(waiting, now, false).text).toBe("Connecting in 3 s · try 2");
  expect(connectionWords(waiting, now + 9_000, true).text).toContain("in 0 s");
  expect(connectionWords({ ...waiting, since: now - 60_000 }, now, true).text).toMatch(
    /^Offline since \d\d:\d\d · you may have missed messages$/,
  );
  expect(connectionWords({ ...waiting, since: now - 60_000 }, now, true).detail).toContain(
    "Next try in 3 s.",
  );
  expect(connectionWords({ ...waiting, since: now - 60_000 }, now, false).text).toMatch(
    /^No connection since \d\d:\d\d · next try in 3 s$/,
  );
});

it("connecting says which try it is, but not at the first", () => {
  expect(connectionWords({ state: "connecting", attempt: 1, since: now }, now, false).text).toBe(
    "Connecting…",
  );
  expect(connectionWords({ state: "connecting", attempt: 3, since: now }, now, true).text).toBe(
    "Reconnecting… · try 3",
  );
  expect(connectionWords({ state: "connecting", attempt: 9, since: now - 60_000 }, now, true).text).toMatch(
    /^Offline since \d\d:\d\d · trying now$/,
  );
});

it("closed for good says why and what to do", () => {
  expect(connectionWords({ state: "closed", code: 4501, reason: "" }, now, true)).toMatchObject({
    tone: "bad",
    text: "Closed: this server asks for a token",
    action: "Give a token",
  });
  expect(connectionWords({ state: "closed", code: 4777, reason: "moved away" }, now, true)).toMatchObject({
    text: "Closed: moved away",
    action: "Connect again",
  });
});
