import { isReserved, topicBytesMax, utf8Bytes, type Match } from "@switchboard/protocol";
import { Refusal } from "../../core/errors.ts";
import type { Subscription } from "../../core/subscription.ts";

/** The rule that WAMP calls loose. */
const loose = /^([^\s.#]+\.)*[^\s.#]+$/;
const loosePrefix = /^([^\s.#]+\.)*[^\s.#]*$/;
const looseWildcard = /^([^\s.#]*\.)*[^\s.#]*$/;
/** What stands for any level in the core, where WAMP leaves it empty. */
const anyLevel = "*";

/** The code of a URI that breaks the rule, or may not stand here. */
const invalidUri = "wamp.error.invalid_uri";

/** Whether the text may stand as a URI. */
export function isUri(text: string): boolean {
  return loose.test(text) && text.length <= topicBytesMax && utf8Bytes(text) <= topicBytesMax;
}

/** @throws Refusal `wamp.error.invalid_uri` */
export function checkUri(uri: string): void {
  if (!isUri(uri)) throw invalid(uri, "must have levels without white space and #, joined by dots");
}

/** @throws Refusal the same, of what is the server's own, too */
export function checkOwnUri(uri: string): void {
  checkUri(uri);
  if (isReserved(uri)) throw invalid(uri, "is under a prefix that is the server's own");
}

/** What a subscription means in the core, where a wildcard's empty levels are `*`. @throws Refusal */
export function subscriptionOf(uri: string, match: Match): Subscription {
  if (match === "exact") checkUri(uri);
  else checkPattern(uri, match);
  if (match !== "wildcard") return { topic: uri, match };
  const levels = uri.split(".").map((level) => (level === "" ? anyLevel : level));
  return { topic: levels.join("."), match };
}

/** How WAMP writes what is subscribed to. */
export function uriOf({ topic, match }: Subscription): string {
  if (match !== "wildcard") return topic;
  return topic
    .split(".")
    .map((level) => (level === anyLevel ? "" : level))
    .join(".");
}

function checkPattern(uri: string, match: "prefix" | "wildcard"): void {
  const rule = match === "prefix" ? loosePrefix : looseWildcard;
  const isCore = match === "wildcard" && uri.split(".").some((level) => level === anyLevel || level === ">");
  if (!rule.test(uri) || utf8Bytes(uri) > topicBytesMax || isCore)
    throw invalid(uri, `is no pattern for match ${match}`);
}

function invalid(uri: string, why: string): Refusal {
  return new Refusal(invalidUri, `${uri.slice(0, topicBytesMax)} ${why}`);
}
