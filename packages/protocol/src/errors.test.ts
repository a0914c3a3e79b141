import { describe, expect, it } from "vitest";
import { closeCodes, comesBack, errorCodes } from "./index.ts";

describe("[R4] the tables of errors and closes", () => {
  it.each([
    [1001, true],
    [1003, true],
    [1006, true],
    [1009, true],
    [1011, true],
    [1012, true],
    [4000, true],
    [4001, true],
    [4002, true],
    [4003, true],
    [4004, true],
    [4005, true],
    [4499, true],
    [4500, false],
    [4501, false],
    [4503, false],
    [4504, false],
    [4999, false],
  ])("after %i a client comes back: %s", (code, back) => {
    expect(comesBack(code)).toBe(back);
  });

  it("no two closes share a code, and each code may be sent by an endpoint (RFC 6455, 7.4)", () => {
    const codes = Object.values(closeCodes).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes)
      expect([1001, 1003, 1009, 1011, 1012].includes(code) || (code >= 4000 && code < 5000)).toBe(true);
  });

  it("a close's meaning fits a Close frame: 123 bytes at most", () => {
    for (const { meaning } of Object.values(closeCodes))
      expect(new TextEncoder().encode(meaning).length).toBeLessThanOrEqual(123);
  });

  it("each error has a status of 4xx or 5xx and says what it means", () => {
    for (const { status, meaning } of Object.values(errorCodes)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(meaning.length).toBeGreaterThan(10);
    }
  });
});
