import type { Event } from "@switchboard/sdk";

import type { EventRow } from "./log-row.ts";

/** A row with such an event, for tests. */
export function anEventRow(key: number, parts: Partial<Event> = {}): EventRow {
  const event = anEvent(parts);
  return { kind: "event", key, event, text: event.text };
}

/** An event as the SDK hands it over, for tests. */
function anEvent(parts: Partial<Event> = {}): Event {
  const text = parts.text ?? "{}";
  const topic = parts.topic ?? "crm.42";
  return {
    topic,
    crmId: topic.slice(4),
    name: "message",
    offset: 1,
    time: 1_000,
    publication: "p1",
    data: JSON.parse(text),
    recovered: false,
    heard: 1_005,
    ...parts,
    text,
  };
}
