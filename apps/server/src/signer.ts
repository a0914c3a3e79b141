import { timingSafeEqual } from "node:crypto";
import type { Signer } from "./core/sessions.ts";

/** Signs with HMAC-SHA256 (RFC 2104), as base64url. @param key or where to ask for it each time, if it may not be known yet */
export function hmacSigner(key: string | (() => string)): Signer {
  const keyOf = typeof key === "string" ? () => key : key;
  const macOf = (text: string) => new Bun.CryptoHasher("sha256", keyOf()).update(text).digest();
  return {
    sign: (text) => macOf(text).toString("base64url"),
    verify(text, signature) {
      const given = Buffer.from(signature, "base64url");
      const right = macOf(text);
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}
