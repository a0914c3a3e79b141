import { Hono, type MiddlewareHandler } from "hono";
import { getPath } from "hono/utils/url";
import { Refusal } from "../../core/errors.ts";
import { demandRight } from "../../core/policy.ts";
import type { Pages } from "../pages.ts";
import { authenticate } from "./auth.ts";
import { callRoutes } from "./call.ts";
import type { Env, Parts } from "./context.ts";
import { devLoginRoutes } from "./dev-login.ts";
import { describingRoutes } from "./openapi.ts";
import { errorResponse } from "./errors.ts";
import { healthRoutes } from "./health.ts";
import { metricsRoutes } from "./metrics.ts";
import { publishRoutes } from "./publish.ts";
import { pusherRoutes } from "./pusher.ts";
import { sessionRoutes } from "./sessions.ts";
import { statusRoutes } from "./status.ts";
import { ticketRoutes } from "./tickets.ts";
import { topicRoutes } from "./topics.ts";
import { upgradeAnywhere, upgradeRoute } from "./upgrade.ts";
import { strictTransport } from "../strict-transport.ts";
import { knowAddress, limitOrigins, limitVisits } from "./visits.ts";

/** All that is served over HTTP but the files of the pages. */
export function createApp(parts: Parts, pages: Pages): Hono<Env> {
  const app = new Hono<Env>({ getPath: pathOf });
  const { node } = parts;
  app.onError((error, c) => errorResponse(c, error, node));
  app.notFound((c) =>
    errorResponse(c, new Refusal("not_found", `there is no ${c.req.method} ${c.req.path}`), node),
  );
  if (parts.isSecure) app.use(sayStrictTransport);
  app.use(knowAddress(parts));
  app.use(limitVisits(parts));
  // Before the origins are asked: an application's pages are of its own origin, and neither door looks at cookies.
  app.get(
    "/app/:key",
    upgradeRoute(parts, (c) => parts.dialects.pusher.dialectOf(c.req.param("key") ?? "")),
  );
  app.route("/apps", pusherRoutes(parts));
  app.use(limitOrigins(parts));
  app.get("/ws", upgradeRoute(parts));
  app.get("/", upgradeRoute(parts));
  app.get("*", async ({ req }, next): Promise<Response | void> => {
    const at = req.url.indexOf("?");
    return pages.page(req.path, at < 0 ? "" : req.url.slice(at)) ?? next();
  });
  app.route("/", healthRoutes(parts));
  app.route("/", metricsRoutes(parts));
  app.route("/api/v1", devLoginRoutes(parts));
  app.use("/api/v1/*", authenticate(parts));
  for (const path of ["topics/*", "topics", "sessions/*", "sessions", "status"])
    app.use(`/api/v1/${path}`, (c, next) => {
      demandRight(c.get("grant"), c.req.method === "GET" ? "read" : "admin");
      return next();
    });
  for (const routes of [
    publishRoutes(parts),
    callRoutes(parts),
    topicRoutes(parts),
    sessionRoutes(parts),
    ticketRoutes(parts),
    statusRoutes(parts),
    describingRoutes(parts),
  ])
    app.route("/api/v1", routes);
  app.get("*", upgradeAnywhere(parts));
  return app;
}

/** HTTP/1.0 knows no `Host`, as load balancers that ask for a node's health: Bun then has the path where the address should be. */
function pathOf(request: Request): string {
  const { url } = request;
  return getPath(url.startsWith("/") ? new Request(`http://localhost${url}`) : request);
}

const sayStrictTransport: MiddlewareHandler<Env> = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(strictTransport)) c.header(name, value);
};
