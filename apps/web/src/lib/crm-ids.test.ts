import { expect, it } from "vitest";

import { completeLastPiece, lastPiece, parseCrmIds, wrongWords } from "./crm-ids.ts";

it("reads one id, several, and whatever stands between them", () => {
  expect(parseCrmIds("42").crmIds).toEqual(["42"]);
  expect(parseCrmIds(" 42, 43;44\n45 ").crmIds).toEqual(["42", "43", "44", "45"]);
  expect(parseCrmIds("42,42,43").crmIds).toEqual(["42", "43"]);
  expect(parseCrmIds("")).toEqual({ crmIds: [], wrong: [] });
});

it("reads the URL of either page", () => {
  expect(parseCrmIds("http://localhost:8080/websocketclient?crmId=42,43&q=x").crmIds).toEqual(["42", "43"]);
  expect(parseCrmIds("https://live.example/messagetoclient?to=7").crmIds).toEqual(["7"]);
  expect(parseCrmIds("https://live.example/websocketclient?crmId=42%2C43").crmIds).toEqual(["42", "43"]);
});

it("says what is no crmId", () => {
  expect(parseCrmIds("42, hello.world, 4$")).toEqual({ crmIds: ["42"], wrong: ["hello.world", "4$"] });
  expect(parseCrmIds("https://live.example/").wrong).toEqual(["https://live.example/"]);
});

it("takes at most as many as one frame may name", () => {
  const many = Array.from({ length: 103 }, (_, index) => String(index)).join(",");
  const { crmIds, wrong } = parseCrmIds(many);
  expect(crmIds).toHaveLength(100);
  expect(wrong).toEqual(["100", "101", "102"]);
  expect(wrongWords(wrong)).toBe("At most 100 at once: leave out 100, 101, 102.");
  expect(wrongWords(["100", "no.id"])).toMatch(/^Not a crmId: no\.id\. /);
  expect(wrongWords([])).toBe("");
});

it("completes the piece that is being typed", () => {
  expect(lastPiece("42, 4")).toBe("4");
  expect(lastPiece("42, ")).toBe("");
  expect(completeLastPiece("42, 4", "43")).toBe("42, 43");
  expect(completeLastPiece("", "43")).toBe("43");
});
