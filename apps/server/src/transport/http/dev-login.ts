import { Hono, type Context } from "hono";
import type * as z from "zod";
import { ticketSchema } from "../../auth/tickets.ts";
import { ConfigError } from "../../config.ts";
import { Refusal } from "../../core/errors.ts";
import { everything } from "../../core/policy.ts";
import { readAs } from "../../core/read-as.ts";
import type { Settings } from "../../settings.ts";
import { isLoopback } from "../loopback.ts";
import { readJson } from "./body.ts";
import type { Env, Parts } from "./context.ts";

/** Who logs in without saying what for may do everything, for an hour. */
const developer: z.output<typeof ticketSchema> = {
  subject: "developer",
  crmIds: everything.crmIds as string[],
  permissions: {
    subscribe: [">"],
    publish: [">"],
    call: [">"],
    register: [">"],
    read: true,
    admin: true,
    tickets: true,
  },
  for: 3_600,
  once: false,
};

/** Headers that a proxy adds: what comes with them comes from elsewhere. */
const proxyHeaders = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/** @throws ConfigError where others than this machine could log in */
export function demandLocalDevLogin({ devLogin, host }: Settings): void {
  if (devLogin && !isLoopback(host))
    throw new ConfigError(
      `SWITCHBOARD_DEV_LOGIN: gives a token to whoever asks, and ${host} can be reached from other machines: listen on 127.0.0.1, or take it away`,
    );
}

/** `/dev-login`: on a developer's own machine, and where the server was told to, a token for the asking; the body is as that of `/tickets`. */
export function devLoginRoutes({ node, tickets, devLogin }: Parts) {
  return new Hono<Env>()
    .get("/dev-login", (c) => c.json({ offered: devLogin && isFromHere(c) }))
    .post("/dev-login", async (c) => {
      if (!devLogin)
        throw new Refusal("not_found", "this server gives no login for development (SWITCHBOARD_DEV_LOGIN)");
      if (!isFromHere(c))
        throw new Refusal("forbidden", "the login for development is for this machine alone");
      const isSaid = c.req.header("content-length") !== "0" && c.req.raw.body !== null;
      const asked = isSaid
        ? { ...readAs(ticketSchema, (await readJson(c.req, node.limits.frameBytesMax)).value), once: false }
        : developer;
      const { ticket, expires } = await tickets.make(everything, asked);
      c.header("Cache-Control", "no-store");
      return c.json({ token: ticket, expires });
    });
}

/** Whether it comes from this machine, and was meant for it: the page of a name that was turned to 127.0.0.1 has another Host. */
function isFromHere(c: Context<Env>): boolean {
  const address = c.env.server.requestIP(c.req.raw)?.address.replace(/^::ffff:/, "") ?? "";
  const hostname = URL.canParse(c.req.url) ? new URL(c.req.url).hostname : "";
  const isProxied = proxyHeaders.some((name) => c.req.header(name) !== undefined);
  return isLoopback(address) && isLoopback(hostname) && !isProxied;
}
