import { Hono } from "hono";
import { Refusal } from "../../core/errors.ts";
import { summaryOf } from "../../core/session-summary.ts";
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
        sessions.push(summaryOf(session));
      }
      return c.json({ sessions });
    })
    .get("/sessions/:id", (c) => c.json(summaryOf(sessionOf(c.req.param("id")))))
    .delete("/sessions/:id", (c) => {
      sessionOf(c.req.param("id")).close(1001, "disconnected by an operator");
      return c.json({ disconnected: true });
    });
}
