import { describe, expect, it } from "vitest";
import { FrameReader } from "./frames.ts";

describe("a frame reader", () => {
  const payloads = ["", "a", "b".repeat(125), "c".repeat(126), "d".repeat(65_535)];
  const stream = Buffer.concat(payloads.map(serverFrame));

  it("finds the same frames however the stream is cut", () => {
    for (const size of [1, 2, 3, 7, 100, 4_096, stream.length]) {
      const reader = new FrameReader();
      const heard: string[] = [];
      for (let at = 0; at < stream.length; at += size)
        reader.read(stream.subarray(at, at + size), (_opcode, bytes, start, end) =>
          heard.push(Buffer.from(bytes.subarray(start, end)).toString()),
        );
      expect(heard).toEqual(payloads);
    }
  });

  it("refuses what it does not foresee, rather than count it wrongly", () => {
    expect(() => new FrameReader().read(Buffer.from([0x01, 0]), () => undefined)).toThrow("fragment");
  });
});

function serverFrame(text: string): Uint8Array {
  const isShort = text.length < 126;
  const head = isShort ? [0x81, text.length] : [0x81, 126, text.length >> 8, text.length & 255];
  return Buffer.concat([Buffer.from(head), Buffer.from(text)]);
}
