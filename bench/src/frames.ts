const [textOpcode, pongOpcode] = [1, 10];

/** A client's text frame, masked, ready for the wire. */
export function textFrame(text: string): Uint8Array {
  return maskedFrame(textOpcode, new TextEncoder().encode(text));
}

/** The answer to a ping. */
export function pongFrame(payload: Uint8Array): Uint8Array {
  return maskedFrame(pongOpcode, payload);
}

function maskedFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const isShort = payload.length < 126;
  if (payload.length > 65_535) throw new Error(`a payload of ${payload.length} bytes is not foreseen here`);
  const headBytes = isShort ? 2 : 4;
  const frame = new Uint8Array(headBytes + 4 + payload.length);
  frame.set([0x80 | opcode, 0x80 | (isShort ? payload.length : 126)]);
  if (!isShort) frame.set([payload.length >> 8, payload.length & 255], 2);
  const mask = crypto.getRandomValues(new Uint8Array(4));
  frame.set(mask, headBytes);
  for (const [i, byte] of payload.entries()) frame[headBytes + 4 + i] = byte ^ (mask[i & 3] ?? 0);
  return frame;
}

/** Told of each whole frame: its payload is `bytes` from `start` to `end`, good until it returns. */
type OnFrame = (opcode: number, bytes: Uint8Array, start: number, end: number) => void;

/** Cuts what a server sends into frames, reading their heads alone; no server here sends fragments. */
export class FrameReader {
  #rest: Uint8Array | undefined;

  read(chunk: Uint8Array, onFrame: OnFrame): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at < bytes.length) {
      const head = headOf(bytes, at);
      if (head === undefined || head.end > bytes.length) break;
      onFrame(head.opcode, bytes, head.start, head.end);
      at = head.end;
    }
    this.#rest = at < bytes.length ? bytes.slice(at) : undefined;
  }
}

function headOf(bytes: Uint8Array, at: number) {
  if (at + 2 > bytes.length) return undefined;
  const [first = 0, size = 0] = [bytes[at], bytes[at + 1]];
  if ((first & 0x80) === 0 || size > 126)
    throw new Error("a fragment, or a frame over 64 KiB: not foreseen here");
  const start = at + (size === 126 ? 4 : 2);
  if (start > bytes.length) return undefined;
  const length = size === 126 ? (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0) : size;
  return { opcode: first & 15, start, end: start + length };
}
