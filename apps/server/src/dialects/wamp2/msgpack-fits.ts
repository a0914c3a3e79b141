/**
 * Whether the bytes can hold as many elements as their lists and maps announce: the decoder makes room for what is announced, and
 * a few bytes could announce more than the machine has.
 */
export function fits(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let awaited = 1;
  let at = 0;
  while (awaited > 0) {
    if (at + awaited > bytes.length) return false;
    const { size, elements } = headAt(view, at);
    at += size;
    awaited += elements - 1;
  }
  return true;
}

interface Head {
  /** Bytes, with those of a text or of binary data. */
  readonly size: number;
  /** Elements that follow: keys and values each count. */
  readonly elements: number;
}

function headAt(view: DataView, at: number): Head {
  const byte = view.getUint8(at);
  if (byte < 0x80 || byte >= 0xe0) return leaf(1);
  if (byte < 0x90) return { size: 1, elements: (byte & 0x0f) * 2 };
  if (byte < 0xa0) return { size: 1, elements: byte & 0x0f };
  if (byte < 0xc0) return leaf(1 + (byte & 0x1f));
  if (byte >= 0xdc) return counted(view, at, byte);
  return leaf(sizeOf(view, at, byte));
}

/** Lists and maps whose length takes two bytes or four. */
function counted(view: DataView, at: number, byte: number): Head {
  const width = byte % 2 === 0 ? 2 : 4;
  return { size: 1 + width, elements: lengthAt(view, at + 1, width) * (byte >= 0xde ? 2 : 1) };
}

/** Bytes of a leaf from 0xc0 to 0xdb. */
function sizeOf(view: DataView, at: number, byte: number): number {
  if (byte <= 0xc3) return 1;
  if (byte <= 0xc6) return sized(view, at, 2 ** (byte - 0xc4), 0);
  if (byte <= 0xc9) return sized(view, at, 2 ** (byte - 0xc7), 1);
  if (byte <= 0xcb) return 1 + 4 * (byte - 0xc9);
  if (byte <= 0xcf) return 1 + 2 ** (byte - 0xcc);
  if (byte <= 0xd3) return 1 + 2 ** (byte - 0xd0);
  if (byte <= 0xd8) return 2 + 2 ** (byte - 0xd4);
  return sized(view, at, 2 ** (byte - 0xd9), 0);
}

function sized(view: DataView, at: number, width: number, type: number): number {
  return 1 + width + type + lengthAt(view, at + 1, width);
}

function leaf(size: number): Head {
  return { size, elements: 0 };
}

/** A length that does not stand there is more than there is room for. */
function lengthAt(view: DataView, at: number, width: number): number {
  if (at + width > view.byteLength) return Infinity;
  if (width === 1) return view.getUint8(at);
  return width === 2 ? view.getUint16(at) : view.getUint32(at);
}
