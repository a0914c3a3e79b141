import { compilePattern, isTopic, wildcardFault } from "@switchboard/protocol";

/** How much of a topic's history is kept: the newest so many events, none older than so many ms. */
export interface Retention {
  readonly events: number;
  readonly ageMs: number;
}

/** What a topic keeps; undefined where it keeps nothing. */
export type RetentionOf = (topic: string) => Retention | undefined;

/** A line of the retention policy: topics that match keep so much. */
export interface RetentionRule extends Retention {
  readonly pattern: string;
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const rulePattern = /^(\S+)=(\d+)\/(\d+)([smhd])$/;

/**
 * Reads `pattern=events/age`, comma-separated, such as `crm.*=1000/24h,orders.>=50/10m`; an empty text keeps nothing.
 * @throws Error that names the part at fault, and what would be right
 */
export function parseRetention(text: string): readonly RetentionRule[] {
  const parts = text.split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "").map(parseRule);
}

/** The policy as a function: the first rule that matches holds. */
export function retentionBy(rules: readonly RetentionRule[]): RetentionOf {
  const compiled = rules.map((rule) => ({ rule, matches: compilePattern(rule.pattern, "wildcard") }));
  return (topic) => compiled.find(({ matches }) => matches(topic))?.rule;
}

function parseRule(part: string): RetentionRule {
  const [, pattern = "", events = "", age = "", unit = ""] = rulePattern.exec(part) ?? [];
  const keepsSome = Number(events) > 0 && Number(age) > 0;
  const isRight = isTopic(pattern) && wildcardFault(pattern) === undefined && keepsSome;
  if (!isRight) throw new Error(`"${part}" must be pattern=events/age, such as crm.*=1000/24h`);
  return { pattern, events: Number(events), ageMs: Number(age) * unitMs[unit as keyof typeof unitMs] };
}
