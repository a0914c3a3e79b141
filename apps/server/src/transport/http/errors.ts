import { errorCodes, type ErrorCode } from "@switchboard/protocol";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Refusal } from "../../core/errors.ts";

/** A refusal as HTTP answers it: `{error: {code, message, details?}}` with the code's status. */
export function refusalBody({ code, message, details }: Refusal) {
  return { error: { code, message, ...(details !== undefined && { details }) } };
}

/** The answer to a request that failed; what is no Refusal is a fault of ours, reported and not shown. */
export function errorResponse(c: Context, error: unknown, report: (error: unknown) => void): Response {
  if (!(error instanceof Refusal)) {
    report(error);
    return errorResponse(c, new Refusal("internal", "a fault of the server; it is logged there"), report);
  }
  if (error.retryAfterMs !== undefined) c.header("Retry-After", String(Math.ceil(error.retryAfterMs / 1000)));
  return c.json(refusalBody(error), statusOf(error));
}

/** The code's status; a callee's own code says that the request was understood, and refused. */
export function statusOf({ code }: Refusal): ContentfulStatusCode {
  return (
    Object.hasOwn(errorCodes, code) ? errorCodes[code as ErrorCode].status : 422
  ) as ContentfulStatusCode;
}
