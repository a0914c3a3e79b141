import { detailsOf, withDetails } from "../../core/event-details.ts";
import type { Draft, Event } from "../../core/event.ts";

/** What is stored of an event beside its data, in a line of its own before it. */
interface Head {
  readonly publication: string;
  readonly name: string;
  readonly time: number;
  readonly details?: string | undefined;
  /** Meant for those only who hear it live. */
  readonly ack?: string | undefined;
  readonly counted?: boolean | undefined;
}

/** An event as it is stored. The data keeps its text. */
export function encodeRecord(draft: Draft, time: number): string {
  const { publication, name, ack, counted, data } = draft;
  const head: Head = { publication, name, time, details: detailsOf(draft), ack, counted };
  return `${JSON.stringify(head)}\n${data}`;
}

/** The event that a record is. @throws SyntaxError where it is none */
export function decodeRecord(topic: string, offset: number, record: string): Event {
  return eventOf(topic, offset, record).event;
}

/** The same, with what is meant for those only who hear it live. */
export function decodeNews(topic: string, offset: number, record: string): Event {
  const { event, head } = eventOf(topic, offset, record);
  if (head.ack === undefined && head.counted === undefined) return event;
  return { ...event, ack: head.ack, counted: head.counted };
}

/** Whether both are the same publish, as far as their key is concerned. */
export function isSamePublish(event: Event, draft: Draft): boolean {
  return event.name === draft.name && event.data === draft.data;
}

function eventOf(topic: string, offset: number, record: string) {
  const end = record.indexOf("\n");
  const head = JSON.parse(record.slice(0, end)) as Head;
  const { publication, name, time, details } = head;
  const data = record.slice(end + 1);
  return { head, event: withDetails({ topic, offset, publication, name, data, time }, details) };
}
