import { isReserved } from "@switchboard/protocol";
import { Refusal } from "../../core/errors.ts";

/** How one comes to hear a channel: anybody, or with a signature; `user` is a user's own. */
type ChannelKind = "public" | "private" | "presence" | "encrypted" | "user";

/** A channel: the name by which Pusher's clients know a topic. */
export interface Channel {
  readonly name: string;
  readonly kind: ChannelKind;
  /** Whether who subscribes hears its last event at once. */
  readonly isCache: boolean;
  /** `private-crm.42` and `presence-crm.42` are both the topic `crm.42`. */
  readonly topic: string;
  /** See `Subscription.alias`: what stands before the topic; `private-` where it is undefined. */
  readonly alias: string | undefined;
}

/** What stands before the topic in a channel that has no alias: it shares its room with the other dialects. */
export const plainPrefix = "private-";
const userPrefix = "#server-to-user-";
const nameMax = 200;
const grammar = /^#?[-a-zA-Z0-9_=@,.;]+$/;

/** What is sent there is encrypted from end to end: nobody else could read it, so the topic is one of its own. */
const encryptedPrefix = "private-encrypted-";
const kinds: readonly (readonly [prefix: string, kind: ChannelKind])[] = [
  ["private-cache-", "private"],
  ["presence-cache-", "presence"],
  [plainPrefix, "private"],
  ["presence-", "presence"],
  ["cache-", "public"],
];

/** Reads a channel's name. @throws Refusal `invalid_argument` */
export function parseChannel(name: unknown): Channel {
  if (typeof name !== "string" || !grammar.test(name) || name.length > nameMax)
    throw new Refusal(
      "invalid_argument",
      `channel: must be a name of 1–${nameMax} letters, digits and _ - = @ , . ;`,
    );
  if (name.startsWith(userPrefix)) return { name, kind: "user", isCache: false, topic: name, alias: "" };
  if (name.startsWith(encryptedPrefix))
    return {
      name,
      kind: "encrypted",
      isCache: name.startsWith(`${encryptedPrefix}cache-`),
      topic: name,
      alias: "",
    };
  const [prefix, kind] = kinds.find(([start]) => name.startsWith(start)) ?? (["", "public"] as const);
  const topic = name.slice(prefix.length);
  if (topic === "") throw new Refusal("invalid_argument", `channel: ${name} names nothing after its prefix`);
  const alias = prefix === plainPrefix ? undefined : prefix;
  return { name, kind, isCache: prefix.endsWith("cache-"), topic, alias };
}

/** The channel on which a user hears what is meant for them. */
export function channelOfUser(userId: string): string {
  return userPrefix + userId;
}

/** Whether no public channel may lead to the topic, whatever the settings say. */
export function isNeverPublic(topic: string): boolean {
  return topic.startsWith("crm.") || isReserved(topic);
}
