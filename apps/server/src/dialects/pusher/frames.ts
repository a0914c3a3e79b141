import type { Event } from "../../core/event.ts";
import { plainPrefix } from "./channel.ts";

/** A frame of the server's own: its data is JSON within JSON, as the protocol has it. */
export function systemFrame(event: string, data: unknown, channel?: string): string {
  return JSON.stringify({ event, ...(channel !== undefined && { channel }), data: JSON.stringify(data) });
}

/** An error: it answers whoever asked, and the connection lives. */
export function errorFrame(code: number | null, message: string): string {
  return JSON.stringify({ event: "pusher:error", data: { code, message } });
}

/** An event on the channel by which the room's members know it; its data is quoted, never re-encoded. */
export function eventFrame(
  { name, topic, data, publisher }: Event,
  { alias }: { readonly alias?: string | undefined },
): string {
  const channel = JSON.stringify((alias ?? plainPrefix) + topic);
  const isTheirs =
    publisher?.subject !== undefined && alias?.startsWith("presence-") && name.startsWith("client-");
  const by = isTheirs ? `,"user_id":${JSON.stringify(publisher.subject)}` : "";
  return `{"event":${JSON.stringify(name)},"channel":${channel},"data":${JSON.stringify(data)}${by}}`;
}
