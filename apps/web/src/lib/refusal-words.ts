import { SwitchboardError } from "@switchboard/sdk";

/** Why something was not done, and what there is to say of it point by point. */
export interface RefusalWords {
  readonly text: string;
  readonly details: readonly string[];
}

const asksForToken = "Not sent: this server asks for a token.";

/** Says why a message to these records was not sent. */
export function publishRefusal(error: unknown, crmIds: readonly string[]): RefusalWords {
  if (!(error instanceof SwitchboardError))
    return { text: `Not sent: ${error instanceof Error ? error.message : String(error)}`, details: [] };
  const details = error.code === "invalid_payload" ? detailsOf(error.details) : [];
  const breach = details.length === 0 ? ` ${error.message}` : "";
  const texts: Partial<Record<SwitchboardError["code"], string>> = {
    offline: "Not sent: there is no connection now. Try again when it is live.",
    closed: /^(a )?token\b/.test(error.message)
      ? asksForToken
      : `Not sent: the connection is closed (${error.message}).`,
    timeout: "No answer in time. It may have been sent all the same.",
    forbidden: `Not sent: this token may not publish to ${namedIn(error.message, crmIds) ?? crmIds.join(", ")}.`,
    unauthenticated: asksForToken,
    invalid_payload: `Not sent: the contract does not allow it.${breach}`,
  };
  return { text: texts[error.code] ?? `Not sent: ${error.message}`, details };
}

/** Says why a record may not be followed. */
export function followRefusal(error: SwitchboardError, crmId: string): string {
  if (error.code === "forbidden") return `You may not follow ${crmId}`;
  return `Cannot follow ${crmId}: ${error.message}`;
}

/** The record that the server's message names. */
function namedIn(message: string, crmIds: readonly string[]): string | undefined {
  const topic = /\bcrm\.([\w-]+)/.exec(message)?.[1];
  return crmIds.find((crmId) => crmId === topic);
}

/** The issues of a refusal, one line each; none where the message tells all there is. */
function detailsOf(details: unknown): string[] {
  if (!Array.isArray(details) || details.length < 2) return [];
  return details.flatMap((issue: unknown) => {
    if (typeof issue !== "object" || issue === null || !("message" in issue)) return [];
    const path = "path" in issue && typeof issue.path === "string" ? `${issue.path}: ` : "";
    return [`${path}${String(issue.message)}`];
  });
}
