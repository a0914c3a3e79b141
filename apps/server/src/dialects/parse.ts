import { utf8Bytes } from "@switchboard/protocol";
import { Close } from "../core/errors.ts";
import type { Frame } from "../core/frame.ts";

/** The frame as JSON. @throws Close (bad frame) where the text is none */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Close("badFrame", "a frame must be one JSON object");
  }
}

/** Whether the frame has more bytes than that. Most are so short that nothing needs to be counted. */
export function isLarger(frame: Frame, bytesMax: number): boolean {
  if (typeof frame !== "string") return frame.byteLength > bytesMax;
  return frame.length > bytesMax || (frame.length * 3 > bytesMax && utf8Bytes(frame) > bytesMax);
}

/** The frame's text. @throws Close (binary frame) where it is none */
export function textOf(frame: Frame): string {
  if (typeof frame !== "string") throw new Close("binaryFrame");
  return frame;
}
