import { errorCodes, type ErrorCode } from "@switchboard/protocol";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Refusal } from "../../core/errors.ts";
import type { Refused } from "../../core/refused.ts";
import type { Env } from "./context.ts";

/** A refusal as HTTP answers it: `{error: {code, message, details?}}` with the code's status. */
export function refusalBody({ code, message, details }: Refusal) {
  return { error: { code, message, ...(details !== undefined && { details }) } };
}

/** Where failures are told of. */
interface Told {
  readonly refused: (refused: Refused) => void;
  readonly report: (error: unknown) => void;
}

/** What the log tells of: who was not let in, came too often, or could not be known. */
const toldStatuses: ReadonlySet<number> = new Set([401, 403, 429, 503]);

/** The answer to a request that failed; what is no Refusal is a fault of ours, reported and not shown. */
export function errorResponse(c: Context<Env>, error: unknown, told: Told): Response {
  if (!(error instanceof Refusal)) {
    told.report(error);
    return errorResponse(c, new Refusal("internal", "a fault of the server; it is logged there"), told);
  }
  if (error.code === "unauthenticated") c.header("WWW-Authenticate", "Bearer");
  return c.json(refusalBody(error), refusalStatus(c, error, told));
}

/** The status of a refusal, which is logged where it should be known, and says in a header when to come again. */
export function refusalStatus<E extends { readonly Variables: Pick<Env["Variables"], "address"> }>(
  c: Context<E>,
  refusal: Refusal,
  { refused }: Pick<Told, "refused">,
): ContentfulStatusCode {
  const { code, message: why, retryAfterMs } = refusal;
  const status = statusOf(refusal);
  // The path without its query: a ticket may stand there.
  const door = `${c.req.method} ${c.req.path}`;
  if (toldStatuses.has(status)) refused({ door, address: c.get("address"), code, why });
  if (retryAfterMs !== undefined) c.header("Retry-After", String(Math.ceil(retryAfterMs / 1000)));
  return status;
}

/** The code's status; a callee's own code says that the request was understood, and refused. */
function statusOf({ code }: Refusal): ContentfulStatusCode {
  return (
    Object.hasOwn(errorCodes, code) ? errorCodes[code as ErrorCode].status : 422
  ) as ContentfulStatusCode;
}
