import type * as z from "zod";

/** One line that names the first field at fault and what would be right: `crmIds[2]: must be …`. */
export function explainIssues(issues: readonly z.core.$ZodIssue[]): string {
  const first = issues[0];
  if (first === undefined) return "is not valid";
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  const path = pathText(first.path);
  return `${path === "" ? "" : `${path}: `}${first.message}${more}`;
}

/** The issues as plain data, fit for `details` of an error: where, what kind, and what would be right. */
export function issueDetails(
  issues: readonly z.core.$ZodIssue[],
): { readonly path: string; readonly code: string; readonly message: string }[] {
  return issues.map((issue) => ({
    path: pathText(issue.path),
    code: issue.code ?? "custom",
    message: issue.message,
  }));
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}
