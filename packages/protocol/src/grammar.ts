import * as z from "zod";

/** The most bytes (UTF-8) a topic or a procedure's name may have. */
export const topicBytesMax = 255;
/** The most bytes (UTF-8) an event's name may have. */
export const nameBytesMax = 128;
/** The most crmIds that one frame may name. */
export const crmIdsMax = 100;
/** The most session ids that `exclude` or `eligible` may list. */
export const recipientsMax = 1_000;
/** Topics and procedures under these prefixes belong to the server: nobody else publishes or registers there. */
export const reservedPrefixes = ["switchboard.", "wamp."] as const;
/** What an event is called where its publisher gave no name. */
export const defaultName = "message";

const crmTopicPrefix = "crm.";
const crmIdPattern = /^[A-Za-z0-9_-]{1,64}$/;
const plainAscii = /^[!-~]+$/;
const spaceOrControl = /[\s\p{Cc}]/u;

/** Whether the text may stand as a topic: 1–255 bytes of UTF-8 without white space or control characters. */
export function isTopic(text: string): boolean {
  return isWord(text, topicBytesMax);
}

/** Whether the text may stand as the name of an event: as a topic, but of 1–128 bytes. */
export function isName(text: string): boolean {
  return isWord(text, nameBytesMax);
}

/** Whether the text may stand as a crmId: 1–64 of `A–Z a–z 0–9 _ -`. */
export function isCrmId(text: string): boolean {
  return crmIdPattern.test(text);
}

/** Whether the topic, procedure or pattern lies under a prefix that is the server's own. */
export function isReserved(topic: string): boolean {
  return topic.startsWith(reservedPrefixes[0]) || topic.startsWith(reservedPrefixes[1]);
}

/** Which right a procedure of the server's own asks for; undefined where it asks by itself what its caller may do. */
export function rightFor(procedure: string): "read" | "admin" | undefined {
  if (procedure === "wamp.subscription.get_events") return undefined;
  return /^(switchboard\.disconnect|wamp\.session\.kill\w*)$/.test(procedure) ? "admin" : "read";
}

/** The topic where a CRM record's events are published: following crmId 42 is subscribing to `crm.42`. */
export function topicOfCrmId(crmId: string): string {
  return crmTopicPrefix + crmId;
}

/** The crmId whose topic this is, or undefined where the topic belongs to no CRM record. */
export function crmIdOfTopic(topic: string): string | undefined {
  if (!topic.startsWith(crmTopicPrefix)) return undefined;
  const crmId = topic.slice(crmTopicPrefix.length);
  return isCrmId(crmId) ? crmId : undefined;
}

/** How many bytes the text takes as UTF-8; a lone surrogate counts as the three of U+FFFD. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (isSurrogatePair(unit, text.charCodeAt(i + 1))) {
      bytes += 2;
      i += 1;
    } else bytes += 2;
  }
  return bytes;
}

/** A topic, as a schema. */
export const topicSchema = z
  .string()
  .refine(isTopic, { error: `must be 1–${topicBytesMax} bytes without white space or control characters` })
  .meta({ description: "1–255 bytes of UTF-8, no white space, no control characters; `.` separates levels" });

/** A procedure's name, as a schema: the grammar of topics. */
export const procedureSchema = topicSchema;

/** A crmId, as a schema. */
export const crmIdSchema = z.string().regex(crmIdPattern, { error: "must be 1–64 of A–Z a–z 0–9 _ -" });

/** An event's name, as a schema. */
export const nameSchema = z
  .string()
  .refine(isName, { error: `must be 1–${nameBytesMax} bytes without white space or control characters` })
  .meta({ description: "What kind of event it is, such as `deal.updated`" });

function isWord(text: string, bytesMax: number): boolean {
  if (text.length === 0 || text.length > bytesMax) return false;
  if (plainAscii.test(text)) return true;
  return text.isWellFormed() && !spaceOrControl.test(text) && utf8Bytes(text) <= bytesMax;
}

function isSurrogatePair(high: number, low: number): boolean {
  return high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000;
}
