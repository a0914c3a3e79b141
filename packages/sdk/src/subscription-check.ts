import { isCrmId, isTopic, topicBytesMax, wildcardFault } from "@switchboard/protocol";
import type { SubscribeOptions } from "./subscription.ts";
import { SwitchboardError } from "./switchboard-error.ts";

/** Throws SwitchboardError `invalid_argument` where this can be no crmId. */
export function checkCrmId(crmId: string): void {
  if (!isCrmId(crmId)) refuse("crmId: must be 1–64 of A–Z a–z 0–9 _ -");
}

/** Throws SwitchboardError `invalid_argument` where the server would refuse the subscription for its form. */
export function checkSubscription(
  topic: string,
  { match = "exact", since, last, presence }: SubscribeOptions,
): void {
  if (!isTopic(topic))
    refuse(`topic: must be 1–${topicBytesMax} bytes without white space or control characters`);
  const fault = match === "wildcard" ? wildcardFault(topic) : undefined;
  if (fault !== undefined) refuse(`topic: ${fault}`);
  if (since !== undefined && last !== undefined) refuse("last: give since or last, not both");
  if (match !== "exact" && (since !== undefined || last !== undefined))
    refuse("match: patterns hear live events only; leave since and last out");
  if (match !== "exact" && presence === true)
    refuse("presence: patterns hear live events only; leave it out");
  if (last !== undefined && !(Number.isInteger(last) && last > 0)) refuse("last: must be a positive integer");
}

function refuse(message: string): never {
  throw new SwitchboardError("invalid_argument", message);
}
