import { closeCodes } from "@switchboard/protocol";

/** Pusher's clients give up between 4000 and 4099, come back a second later between 4100 and 4199, at once between 4200 and 4299. */
const giveUp = 4009;
const comeBackLater = 4100;
const noPong = 4201;

const final: readonly number[] = [
  closeCodes.tokenExpired.code,
  closeCodes.unauthenticated.code,
  closeCodes.forbidden.code,
];

/** How the end of a connection is told to Pusher's clients. */
export function endingFor(code: number, reason: string): { readonly code: number; readonly reason: string } {
  if (final.includes(code)) return { code: giveUp, reason };
  return { code: code === closeCodes.noHeartbeat.code ? noPong : comeBackLater, reason };
}
