import { Decoder, Encoder, ExtensionCodec } from "@msgpack/msgpack";
import { binaryCodec } from "./binary-codec.ts";
import { fits } from "./msgpack-fits.ts";

const encoder = new Encoder({ useBigInt64: true, ignoreUndefined: true });
const decoder = new Decoder({ useBigInt64: true, extensionCodec: extensions() });

/** `wamp.2.msgpack`. Integers are written in their smallest form; what an extension holds is read as binary data. */
export const msgpackCodec = binaryCodec({
  name: "msgpack",
  decode(bytes) {
    if (!fits(bytes)) throw new Error("it announces more elements than it has bytes");
    return decoder.decode(bytes);
  },
  encode: (value) => encoder.encode(value),
});

function extensions(): ExtensionCodec {
  const codec = new ExtensionCodec();
  const register = (type: number, decode: (data: Uint8Array) => unknown) =>
    codec.register({ type, encode: () => null, decode });
  // What msgpackr writes for `undefined`.
  register(0, () => undefined);
  for (let type = 1; type < 128; type++) register(type, (data) => data.slice());
  for (let type = -128; type < -1; type++) register(type, (data) => data.slice());
  return codec;
}
