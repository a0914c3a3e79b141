import { Hono } from "hono";
import { demandTickets } from "../../core/policy.ts";
import { readAs } from "../../core/read-as.ts";
import { ticketSchema } from "../../auth/tickets.ts";
import { readJson } from "./body.ts";
import type { Env, Parts } from "./context.ts";

/** `POST /tickets`: a short-lived ticket that a back end hands to a browser, so that no token ever stands in a URL. */
export function ticketRoutes({ node, tickets }: Parts) {
  return new Hono<Env>().post("/tickets", async (c) => {
    const grant = c.get("grant");
    demandTickets(grant);
    const { value } = await readJson(c.req, node.limits.frameBytesMax);
    c.header("Cache-Control", "no-store");
    return c.json(await tickets.make(grant, readAs(ticketSchema, value)));
  });
}
