import type { SessionSummary } from "./census.ts";
import type { Session } from "./session.ts";

/** What is told of a session. */
export function summaryOf(session: Session): SessionSummary {
  const { id, subject, client, language, opening, since, crmIds, subscriptions } = session;
  return {
    session: id,
    ...(subject !== undefined && { subject }),
    ...(client !== undefined && { client }),
    dialect: language.subprotocol,
    address: opening.address,
    since,
    crmIds,
    topics: [...subscriptions].map(({ topic, match }) => ({ topic, match })),
  };
}
