import type { Session } from "./session.ts";

/** A session, for people to read. */
export function summaryOf(session: Session) {
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
