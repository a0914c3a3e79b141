import type { History } from "./engine.ts";
import type { Event } from "./event.ts";

/** A topic's history as JSON: where the topic stands, and at most so many events. Their data stands as it was sent. */
export async function historyText(topic: string, history: History, eventsMax: number): Promise<string> {
  const events: Event[] = [];
  for (
    let page = await history.next();
    page.length > 0 && events.length < eventsMax;
    page = await history.next()
  )
    events.push(...page);
  const { position, complete } = history;
  const head = JSON.stringify({ topic, ...position, complete });
  return `${head.slice(0, -1)},"events":[${events.slice(0, eventsMax).map(eventText).join(",")}]}`;
}

function eventText({ offset, name, time, publication, data }: Event): string {
  return `${JSON.stringify({ offset, name, time, publication }).slice(0, -1)},"data":${data}}`;
}
