import type { Event } from "../src/core/event.ts";
import { natsEngine, type NatsEngine } from "../src/engines/nats/nats.ts";
import { systemClock as clock } from "../src/system.ts";

/** What topics keep in these tests, by the first of their levels; others nothing. */
const kept: Record<string, { readonly events: number; readonly ageMs: number }> = {
  kept: { events: 20_000, ageMs: 3_600_000 },
  few: { events: 5, ageMs: 3_600_000 },
};

/** An engine over NATS as a node has it, once it takes publishes. */
export async function natsNode(
  urls: string | readonly string[],
  prefix: string,
  tell: (news: string) => void = () => {},
): Promise<NatsEngine> {
  const engine = natsEngine({
    urls: [urls].flat().map((url) => new URL(url)),
    prefix,
    allowOld: true,
    retentionOf: (topic) => kept[topic.split(".")[0] ?? ""],
    retentions: Object.values(kept),
    retainedEventsMax: 1_000,
    clock,
    tell,
    report: (error) => console.error(error),
  });
  await engine.started;
  return engine;
}

/** Publishes with a key, again and again until it is acknowledged; the offset, and how often it was refused. */
export async function publishSurely(engine: NatsEngine, topic: string, data: string) {
  for (let refused = 0; ; refused++) {
    try {
      const draft = {
        publication: `p-${topic}-${data.slice(0, 20)}`,
        name: "message",
        data,
        key: `k-${data.slice(0, 20)}`,
      };
      const { event, epoch } = await engine.publish(topic, draft);
      return { offset: event.offset, epoch, refused };
    } catch (error) {
      if ((error as { code?: string }).code !== "unavailable") throw error;
      await Bun.sleep(50);
    }
  }
}

/** What somebody hears of topics, and how often it was told that something is lost. */
export class Ears {
  readonly heard = new Map<string, Event[]>();
  losses = 0;

  hear(event: Event): number {
    const events = this.heard.get(event.topic) ?? [];
    events.push(event);
    this.heard.set(event.topic, events);
    return 1;
  }

  lost(): void {
    this.losses += 1;
  }

  offsets(topic: string): readonly number[] {
    return (this.heard.get(topic) ?? []).map(({ offset }) => offset);
  }
}
