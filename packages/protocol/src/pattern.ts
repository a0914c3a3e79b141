/** How a subscription's topic is meant: to the letter, as a prefix, or with `*` for one level and a final `>` for all below. */
export type Match = "exact" | "prefix" | "wildcard";

/** A test for the topics that a pattern means. `exact` and `prefix` compare text; `wildcard` compares level by level (`.`). */
export function compilePattern(pattern: string, match: Match): (topic: string) => boolean {
  if (match === "exact") return (topic) => topic === pattern;
  if (match === "prefix") return (topic) => topic.startsWith(pattern);
  const levels = pattern.split(".");
  const open = levels.at(-1) === ">";
  // Most topics differ in what stands before the first level that is left open: that is seen without taking them apart.
  const firstOpen = levels.findIndex((level, i) => level === "*" || (open && i === levels.length - 1));
  const head = firstOpen > 0 ? `${levels.slice(0, firstOpen).join(".")}.` : "";
  if (open) levels.pop();
  return (topic) => {
    if (!topic.startsWith(head)) return false;
    const given = topic.split(".");
    if (open ? given.length <= levels.length : given.length !== levels.length) return false;
    return levels.every((level, i) => level === "*" || level === given[i]);
  };
}

/** What is wrong with a wildcard pattern, or undefined: `>` may only stand alone, as the last level. */
export function wildcardFault(pattern: string): string | undefined {
  const levels = pattern.split(".");
  const misplaced = levels.slice(0, -1).includes(">");
  return misplaced ? "`>` may only be the last level" : undefined;
}
