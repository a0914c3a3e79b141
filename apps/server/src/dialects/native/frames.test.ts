import { describe, expect, it } from "vitest";
import { presenceFrame } from "./frames.ts";

describe("a presence frame", () => {
  it("[R21] is encoded once for all who are told of one change", () => {
    const texts = ["ann", "bob"].map((session) => {
      let encoded = 0;
      const who = { session, toJSON: () => ({ session, encoded: (encoded += 1) }) };
      const change = { joined: [who], left: [] };
      return [1, 2, 3].map(() => presenceFrame(change, "a"));
    });
    for (const [i, session] of ["ann", "bob"].entries()) {
      const text = `{"type":"presence","topic":"a","joined":[{"session":"${session}","encoded":1}],"left":[]}`;
      expect(texts[i]).toEqual([text, text, text]);
    }
  });
});
