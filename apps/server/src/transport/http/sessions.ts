import { Hono } from "hono";
import { Refusal } from "../../core/errors.ts";
import type { Session } from "../../core/session.ts";
import type { Env, Parts } from "./context.ts";

/** How many sessions one answer lists. */
const sessionsListedMax = 1_000;

/** `GET /sessions`, `GET /sessions/:id` and `DELETE /sessions/:id`. */
export function sessionRoutes({ node }: Parts) {
  const sessionOf = (id: string): Session => {
    const session = node.sessions.get(id);
    if (session === undefined) throw new Refusal("not_found", "session: there is none with this id");
    return session;
  };

  return new Hono<Env>()
    .get("/sessions", (c) => {
      const sessions = [];
      for (const session of node.sessions) {
        if (sessions.length === sessionsListedMax) return c.json({ sessions, more: true });
        sessions.push(describe(session));
      }
      return c.json({ sessions });
    })
    .get("/sessions/:id", (c) => c.json(describe(sessionOf(c.req.param("id")))))
    .delete("/sessions/:id", (c) => {
      sessionOf(c.req.param("id")).close(1001, "disconnected by an operator");
      return c.json({ disconnected: true });
    });
}

function describe(session: Session) {
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
