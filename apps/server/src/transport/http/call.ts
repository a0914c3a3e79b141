import { callSchema, memberText } from "@switchboard/protocol";
import { Hono } from "hono";
import { demand } from "../../core/policy.ts";
import { readAs } from "../../core/read-as.ts";
import { readJson } from "./body.ts";
import type { Env, Parts } from "./context.ts";

const callBodySchema = callSchema.pick({ procedure: true, data: true, timeout: true });

/** `POST /call`: asks whoever answers the procedure, and gives up when the client does. */
export function callRoutes({ node }: Parts) {
  return new Hono<Env>().post("/call", async (c) => {
    const { value, text } = await readJson(c.req, node.limits.frameBytesMax);
    const { procedure, timeout } = readAs(callBodySchema, value);
    demand(c.get("grant"), "call", procedure);
    const { callsPerSecondMax } = node.limits;
    node.visitors.calls.demand(
      c.get("address"),
      `an address calls ${callsPerSecondMax} times a second at most`,
    );
    const call = {
      procedure,
      data: memberText(text, "data"),
      caller: undefined,
      progress: undefined,
      timeoutMs: timeout,
    };
    const answer = await node.dealer.call(call, c.req.raw.signal);
    return c.body(`{"data":${answer}}`, 200, { "Content-Type": "application/json" });
  });
}
