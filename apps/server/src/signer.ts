import { timingSafeEqual } from "node:crypto";
import type { Signer } from "./core/sessions.ts";

/** Signs with HMAC-SHA256 (RFC 2104), as base64url. */
export function hmacSigner(key: string): Signer {
  const macOf = (text: string) => new Bun.CryptoHasher("sha256", key).update(text).digest();
  return {
    sign: (text) => macOf(text).toString("base64url"),
    verify(text, signature) {
      const given = Buffer.from(signature, "base64url");
      const right = macOf(text);
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}
