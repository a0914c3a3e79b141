import { Hono } from "hono";
import { Refusal } from "../../core/errors.ts";
import type { Env, Parts } from "./context.ts";

/** `GET /healthz`: the process lives; `GET /up` says so as Reverb does. `GET /readyz`: a publish would be accepted now. */
export function healthRoutes({ engine }: Parts) {
  return new Hono<Env>()
    .get("/healthz", (c) => c.json({ status: "ok" }))
    .get("/up", (c) => c.json({ health: "OK" }))
    .get("/readyz", async (c) => {
      try {
        await engine.ping();
        return c.json({ status: "ready", engine: engine.name });
      } catch (error) {
        const why = error instanceof Refusal ? error.message : "the engine does not answer";
        return c.json({ status: "unavailable", engine: engine.name, why }, 503);
      }
    });
}
