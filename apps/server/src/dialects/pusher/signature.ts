import { createHmac, timingSafeEqual } from "node:crypto";
import type { PusherApp } from "./app.ts";

/** HMAC-SHA256 of the text with the application's secret, in hexadecimal digits. */
export function signatureOf(app: PusherApp, text: string): string {
  return createHmac("sha256", app.secret).update(text).digest("hex");
}

/** Whether the signature is the text's; compared in constant time. */
export function isSignature(app: PusherApp, text: string, given: string): boolean {
  const wanted = Buffer.from(signatureOf(app, text));
  const found = Buffer.from(given);
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}

/** Whether `auth`, as a back end hands it to its page, is the application's key and its signature of the text. */
export function isAuth(app: PusherApp, text: string, auth: unknown): boolean {
  if (typeof auth !== "string") return false;
  const colon = auth.indexOf(":");
  return auth.slice(0, colon) === app.key && isSignature(app, text, auth.slice(colon + 1));
}
