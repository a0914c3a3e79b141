import { compilePattern, crmIdOfTopic, isReserved, rightFor, type Match } from "@switchboard/protocol";
import { Refusal } from "./errors.ts";

/** What can be allowed by topic or procedure. */
export type Verb = "subscribe" | "publish" | "call" | "register";

/** What a bearer may do. */
export interface Grant {
  /** Who it is. */
  readonly subject?: string | undefined;
  /** As what it comes: a name that applications give to a kind of users. The policy itself does not ask for it. */
  readonly role?: string | undefined;
  /** When it ends, in ms since 1970. */
  readonly expiresAt?: number | undefined;
  /** The crmIds that may be followed; `*` for all. */
  readonly crmIds: readonly string[];
  /** For each verb the patterns of topics or procedures: `*` for one level, a final `>` for all below. */
  readonly patterns: { readonly [V in Verb]?: readonly string[] };
  /** Whether topics, history, presence and sessions may be read. */
  readonly read: boolean;
  /** Whether sessions may be disconnected. */
  readonly admin: boolean;
  /** Whether tickets may be made for others. */
  readonly tickets: boolean;
}

/** What is allowed as a whole, without a topic. */
export type Right = "read" | "admin" | "tickets";

/** Everything is allowed: where nothing asks who connects. */
export const everything: Grant = {
  role: "anonymous",
  crmIds: ["*"],
  patterns: { subscribe: [">"], publish: [">"], call: [">"], register: [">"] },
  read: true,
  admin: true,
  tickets: true,
};

/** @throws Refusal `forbidden`, unless the grant allows it; of a pattern, unless it allows all that the pattern means */
export function demand(grant: Grant, verb: Verb, topic: string, match: Match = "exact"): void {
  if (grant === everything || allows(grant, verb, topic, match)) return;
  throw new Refusal("forbidden", `${verb}: ${topic} is not among what this token or key may ${verb}`);
}

/** @throws Refusal `forbidden`, unless the grant has the right */
export function demandRight(grant: Grant, right: Right): void {
  if (!grant[right]) throw new Refusal("forbidden", `${right}: this token or key may not`);
}

/** @throws Refusal `forbidden`, unless the grant may make tickets, or everything */
export function demandTickets(grant: Grant): void {
  if (!grant.admin) demandRight(grant, "tickets");
}

/** Whether the grant allows it. */
export function allows(grant: Grant, verb: Verb, topic: string, match: Match = "exact"): boolean {
  if (verb === "subscribe" && followsAll(grant, topic, match)) return true;
  if (isReserved(topic)) return allowsOwn(grant, verb, topic);
  return (grant.patterns[verb] ?? []).some((pattern) => covers(pattern, topic, match));
}

/** Of the server's own topics and procedures, whatever the patterns: what it tells needs `read`, and what ends sessions `admin`. */
function allowsOwn(grant: Grant, verb: Verb, topic: string): boolean {
  if (verb === "subscribe") return grant.read;
  if (verb !== "call") return (grant.patterns[verb] ?? []).length > 0;
  const right = rightFor(topic);
  return right === undefined || grant[right];
}

function followsAll({ crmIds }: Grant, topic: string, match: Match): boolean {
  if (match === "prefix") return false;
  const all = crmIds.includes("*");
  const crmId = crmIdOfTopic(topic);
  // A pattern without `*` and `>` means just its own topic.
  if (crmId !== undefined) return all || crmIds.includes(crmId);
  return match === "wildcard" && all && covers("crm.*", topic, match);
}

/** Whether everything that is asked for lies within what the pattern grants. */
function covers(granted: string, asked: string, match: Match): boolean {
  if (match === "exact") return compilePattern(granted, "wildcard")(asked);
  if (granted === ">") return true;
  if (match === "prefix") return granted.endsWith(".>") && asked.startsWith(granted.slice(0, -1));
  return coversLevels(granted.split("."), asked.split("."));
}

function coversLevels(granted: readonly string[], asked: readonly string[]): boolean {
  for (const [i, level] of granted.entries()) {
    const other = asked[i];
    if (level === ">") return other !== undefined;
    if (other === undefined || other === ">") return false;
    if (level !== "*" && level !== other) return false;
  }
  return granted.length === asked.length;
}
