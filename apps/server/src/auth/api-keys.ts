import { createHash, timingSafeEqual } from "node:crypto";
import { isTopic, wildcardFault } from "@switchboard/protocol";
import type { Grant, Right, Verb } from "../core/policy.ts";

/** A key of a back end: its SHA-256, and what it may do. */
export interface ApiKey {
  readonly hash: Buffer;
  readonly grant: Grant;
}

const verbs: readonly Verb[] = ["subscribe", "publish", "call", "register"];
const rights: readonly Right[] = ["read", "admin", "tickets"];
const hashPrefix = "sha256:";
const keyCharsMin = 16;

/**
 * Reads `key` or `key=permission+permission`, comma-separated. A key may be given as `sha256:<hex>`. A permission is a verb, a verb with a
 * pattern (`publish:orders.>`), `read`, `admin` or `tickets`; a key without permissions may do everything.
 * @throws Error that names what is wrong, never the key
 */
export function parseApiKeys(text: string): readonly ApiKey[] {
  const parts = text.split(",").map((part) => part.trim());
  const keys = parts.filter((part) => part !== "").map(parseApiKey);
  const hashes = keys.map(({ hash }) => hash.toString("hex"));
  const again = hashes.findIndex((hash, i) => hashes.indexOf(hash) !== i);
  if (again >= 0)
    throw new Error(`key ${again + 1}: is key ${hashes.indexOf(hashes[again] ?? "") + 1} once more`);
  return keys;
}

/** What the bearer of this key may do; undefined where there is no such key. Compares in constant time, with every key. */
export function grantOfKey(keys: readonly ApiKey[], token: string): Grant | undefined {
  const hash = sha256(token);
  let found: Grant | undefined;
  for (const key of keys) if (timingSafeEqual(key.hash, hash)) found = key.grant;
  return found;
}

function parseApiKey(part: string, index: number): ApiKey {
  const [secret, permissions] = cut(part, "=");
  const place = `key ${index + 1}`;
  return { hash: hashIn(secret, place), grant: grantOf(permissions, place) };
}

function hashIn(secret: string, place: string): Buffer {
  if (secret.startsWith(hashPrefix)) {
    const digits = secret.slice(hashPrefix.length);
    if (/^[\da-f]{64}$/i.test(digits)) return Buffer.from(digits, "hex");
    throw new Error(`${place}: sha256: must be followed by 64 hexadecimal digits`);
  }
  if (secret.length >= keyCharsMin) return sha256(secret);
  throw new Error(`${place}: a key must have ${keyCharsMin} characters or more`);
}

function grantOf(permissions: string | undefined, place: string): Grant {
  const asked = permissions === undefined ? [...verbs, ...rights] : permissions.split("+");
  const patterns: Partial<Record<Verb, string[]>> = {};
  for (const permission of asked) {
    const [verb, pattern = ">"] = cut(permission, ":");
    if (isRight(permission)) continue;
    if (!isVerb(verb) || !isTopic(pattern) || wildcardFault(pattern) !== undefined)
      throw new Error(
        `${place}: "${permission}" must be ${verbs.join(", ")} (with :pattern), ${rights.join(", ")}`,
      );
    (patterns[verb] ??= []).push(pattern);
  }
  return {
    crmIds: patterns.subscribe?.includes(">") ? ["*"] : [],
    patterns,
    read: asked.includes("read"),
    admin: asked.includes("admin"),
    tickets: asked.includes("tickets"),
  };
}

/** The text before the mark's first place, and what follows; undefined where the mark is nowhere. */
function cut(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function isVerb(text: string): text is Verb {
  return (verbs as readonly string[]).includes(text);
}

function isRight(text: string): text is Right {
  return (rights as readonly string[]).includes(text);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
