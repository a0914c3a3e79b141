import { createHash } from "node:crypto";
import type { PusherApp } from "./app.ts";
import { isSignature } from "./signature.ts";

/** A request of an application's back end, as it was signed. */
export interface SignedRequest {
  readonly method: string;
  /** As it stands in the address. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** "" where there is none. */
  readonly body: string;
}

/** How far a request's time may be from ours, in seconds. */
const clockSkewS = 600;

/** What is wrong with the signature of a request; undefined where it is right. @param nowMs in ms since 1970 */
export function faultOfSignature(app: PusherApp, request: SignedRequest, nowMs: number): string | undefined {
  const { query, body } = request;
  const given = (name: string) => query.get(name) ?? "";
  if (given("auth_key") !== app.key) return "auth_key: is not this application's";
  if (given("auth_version") !== "1.0") return "auth_version: must be 1.0";
  const secondsOff = Math.abs(nowMs / 1000 - Number(given("auth_timestamp") || NaN));
  if (!(secondsOff <= clockSkewS))
    return `auth_timestamp: must be within ${clockSkewS} s of the server's time, which is ${Math.floor(nowMs / 1000)}`;
  if (body !== "" && given("body_md5") !== createHash("md5").update(body).digest("hex"))
    return "body_md5: is not the body's";
  if (!isSignature(app, signedText(request), given("auth_signature")))
    return `auth_signature: is not that of the secret and ${JSON.stringify(signedText(request))}`;
  return undefined;
}

/** What is signed: the method, the path, and the query in the order of its keys, without the signature. */
function signedText({ method, path, query }: SignedRequest): string {
  const pairs = [...query]
    .filter(([name]) => name !== "auth_signature")
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : Number(one > other)));
  return `${method}\n${path}\n${pairs.map(([name, value]) => `${name}=${value}`).join("&")}`;
}
