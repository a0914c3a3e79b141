import type { EventListener } from "../core/engine.ts";
import type { Event } from "../core/event.ts";

/** The listener, and one more. */
export function withListener(listener: EventListener | undefined, one: EventListener): EventListener {
  if (listener === undefined) return one;
  return new Several(listener instanceof Several ? [...listener.listeners, one] : [listener, one]);
}

/** The listener without one; undefined where nobody is left. */
export function withoutListener(
  listener: EventListener | undefined,
  one: EventListener,
): EventListener | undefined {
  if (!(listener instanceof Several)) return listener === one ? undefined : listener;
  const place = listener.listeners.indexOf(one);
  const [first, ...others] = listener.listeners.toSpliced(place, place === -1 ? 0 : 1);
  return first === undefined || others.length > 0
    ? new Several([...(first ? [first] : []), ...others])
    : first;
}

/** Those who listen to one topic, where they are more than one. */
class Several implements EventListener {
  readonly listeners: readonly EventListener[];

  constructor(listeners: readonly EventListener[]) {
    this.listeners = listeners;
  }

  hear(event: Event): number {
    return this.listeners.reduce((receivers, listener) => receivers + listener.hear(event), 0);
  }

  lost(): void {
    for (const listener of this.listeners) listener.lost?.();
  }
}
