import { Hono } from "hono";
import { Refusal } from "../../core/errors.ts";
import type { Env, Parts } from "./context.ts";

/** How many sessions one answer lists. */
const sessionsListedMax = 1_000;

/** `GET /sessions`, `GET /sessions/:id` and `DELETE /sessions/:id`, of all nodes. */
export function sessionRoutes({ node }: Parts) {
  const { census } = node;
  const none = () => new Refusal("not_found", "session: there is none with this id");

  return new Hono<Env>()
    .get("/sessions", async (c) => {
      const { list, isMore, ...partial } = await census.sessions(sessionsListedMax);
      return c.json({ sessions: list, ...(isMore && { more: true }), ...partial });
    })
    .get("/sessions/:id", async (c) => {
      const session = await census.session(c.req.param("id"));
      if (session === undefined) throw none();
      return c.json(session);
    })
    .delete("/sessions/:id", async (c) => {
      const chosen = { session: c.req.param("id") };
      if ((await census.disconnect(chosen, "disconnected by an operator")) === 0) throw none();
      return c.json({ disconnected: true });
    });
}
