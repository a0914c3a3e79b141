import { nestingMax, isNestedWithin, type ErrorCode } from "@switchboard/protocol";
import { Refusal } from "../../core/errors.ts";
import { argumentsOf, dataOf } from "../arguments.ts";
import { isDict } from "./message.ts";
import { noPayload, type Payload } from "./payload.ts";
import { isUri } from "./uri.ts";
import { exactValueOf } from "./values.ts";

/** The errors of the core that WAMP has a URI for. */
const uris: { readonly [Code in ErrorCode]?: string } = {
  bad_frame: "wamp.error.protocol_violation",
  invalid_argument: "wamp.error.invalid_argument",
  unauthenticated: "wamp.error.authentication_required",
  forbidden: "wamp.error.not_authorized",
  no_such_procedure: "wamp.error.no_such_procedure",
  procedure_taken: "wamp.error.procedure_already_exists",
  not_subscribed: "wamp.error.no_such_subscription",
  timeout: "wamp.error.timeout",
  canceled: "wamp.error.canceled",
  too_large: "wamp.error.payload_size_exceeded",
  unavailable: "wamp.error.unavailable",
};
/** The others are under this prefix. */
const ownPrefix = "switchboard.error.";
const ownCodes = ["invalid_payload", "not_found", "rate_limited", "limit_exceeded", "internal"];
const codes = new Map([
  ...Object.entries(uris).map(([code, uri]) => [uri, code] as const),
  ...ownCodes.map((code) => [ownPrefix + code, code] as const),
]);

/** What a client is told of a refusal. */
export interface Told {
  readonly uri: string;
  readonly payload: Payload;
}

/**
 * A refusal, as WAMP says it. What a WAMP callee said is said again; else the message is the argument, and `details` and `retryAfter`
 * are keyword arguments.
 */
export function toldOf({ code, message, details, retryAfterMs }: Refusal): Told {
  return { uri: uriOfCode(code), payload: saidBefore(details) ?? payloadOf(message, details, retryAfterMs) };
}

/**
 * What a callee said, as a refusal: the first argument is the message where it is a text. Where that is not all, `details` is
 * `{"args":[…],"kwargs":{…}}`.
 */
export function refusalOf(uri: string, { args, kwargs }: Payload): Refusal {
  const first: unknown = args[0] === undefined ? "" : JSON.parse(args[0]);
  const message = typeof first === "string" ? first : "";
  const isAll = dataOf(args, kwargs) === (message === "" ? undefined : args[0]);
  const details = isAll ? undefined : exactValueOf(envelopeOf({ args, ...(kwargs && { kwargs }) }));
  if (!isNestedWithin(details, nestingMax))
    return new Refusal(
      "internal",
      `the callee's error was refused: it is nested more than ${nestingMax} deep`,
    );
  return new Refusal(codes.get(uri) ?? uri, message, { details });
}

function uriOfCode(code: string): string {
  const uri = uris[code as ErrorCode] ?? (ownCodes.includes(code) ? ownPrefix + code : code);
  return isUri(uri) ? uri : uri.replaceAll(/[\s#.]+/g, "_") || `${ownPrefix}internal`;
}

function saidBefore(details: unknown): Payload | undefined {
  if (!isDict(details) || Object.keys(details).length === 0) return undefined;
  const text = JSON.stringify(details);
  const { args, kwargs } = argumentsOf(text);
  return args.length === 1 && args[0] === text ? undefined : { args, ...(kwargs && { kwargs }) };
}

function payloadOf(message: string, details: unknown, retryAfterMs: number | undefined): Payload {
  if (message === "" && details === undefined) return noPayload;
  const kwargs = {
    ...(details !== undefined && { details }),
    ...(retryAfterMs !== undefined && { retryAfter: retryAfterMs }),
  };
  const named = Object.keys(kwargs).length > 0;
  return { args: [JSON.stringify(message)], ...(named && { kwargs: JSON.stringify(kwargs) }) };
}

function envelopeOf({ args, kwargs }: Payload): string {
  return `{"args":[${args.join(",")}]${kwargs === undefined ? "" : `,"kwargs":${kwargs}`}}`;
}
