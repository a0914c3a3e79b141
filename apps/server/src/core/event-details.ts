import type { Event } from "./event.ts";

/**
 * What is stored of an event only where it has it, as JSON text: the lists of its audience beside its publisher. One text in every store
 * and on every wire between nodes, so that no engine need know the parts. Undefined where there are none.
 */
export function detailsOf({
  audience,
  publisher,
}: Pick<Event, "audience" | "publisher">): string | undefined {
  if (publisher === undefined) return audience && JSON.stringify(audience);
  return JSON.stringify({ ...audience, publisher });
}

/** The event with the details that `detailsOf` wrote. */
export function withDetails(
  event: Omit<Event, "audience" | "publisher" | "ack">,
  details: string | null | undefined,
): Event {
  if (details == null) return event;
  const { publisher, ...audience } = JSON.parse(details) as Pick<Event, "publisher">;
  return {
    ...event,
    ...(Object.keys(audience).length > 0 && { audience }),
    ...(publisher !== undefined && { publisher }),
  };
}
