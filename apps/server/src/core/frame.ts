/** One message on the wire, as its dialect spells it: text, or the bytes of a binary message. */
export type Frame = string | Uint8Array<ArrayBuffer>;
