import { decode, encode, type DecodeOptions } from "cborg";
import { binaryCodec } from "./binary-codec.ts";

type TagDecoder = NonNullable<DecodeOptions["tags"]>[number];

const content: TagDecoder = (inner) => inner();
const bigInteger =
  (sign: (magnitude: bigint) => bigint): TagDecoder =>
  (inner) => {
    const bytes = inner();
    if (!(bytes instanceof Uint8Array)) throw new Error("a big integer must be a byte string");
    return sign(BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`));
  };

/** What is tagged is read as it stands (a time as its text or number), but for integers over 64 bits. */
const tags: Record<number, TagDecoder> = {
  // Date and time; typed arrays of bytes; sets; maps with keys that are texts; "this is CBOR".
  ...Object.fromEntries([0, 1, 64, 258, 259, 55_799].map((tag) => [tag, content])),
  2: bigInteger((magnitude) => magnitude),
  3: bigInteger((magnitude) => -1n - magnitude),
};

/** `wamp.2.cbor`. */
export const cborCodec = binaryCodec({
  name: "cbor",
  decode: (bytes) => decode(bytes, { tags }),
  encode: (value) => encode(value),
});
