import type { Broker } from "./broker.ts";
import type { Listed, Locals } from "./census.ts";
import type { Clock } from "./clock.ts";
import { summaryOf } from "./session-summary.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

/** What this node knows of itself. */
export function localsOf(sessions: Sessions<Session>, broker: Broker, clock: Clock): Locals {
  const meter = new Meter(clock.now());
  return {
    sessions: (max) => listed(sessions, max, summaryOf),
    session(id) {
      const session = sessions.get(id);
      return session && summaryOf(session);
    },
    topics: (prefix, max) => listed(broker.topics(prefix), max, (topic) => topic),
    subscribers: (topic) => broker.subscribers(topic),
    disconnect({ session, crmId }, reason) {
      const chosen = [...sessions].filter(
        (one) => one.id === session || (crmId !== undefined && one.follows(crmId)),
      );
      for (const one of chosen) one.close(1001, reason);
      return chosen.length;
    },
    count: () => ({
      sessions: sessions.size,
      topics: [...broker.topics()].length,
      eventsPerSecond: meter.perSecond(broker.published, clock.now()),
    }),
  };
}

function listed<From, One>(
  all: { [Symbol.iterator](): Iterator<From> },
  max: number,
  toOne: (from: From) => One,
): Listed<One> {
  const list: One[] = [];
  for (const one of { [Symbol.iterator]: () => all[Symbol.iterator]() }) {
    if (list.length === max) return { list, isMore: true };
    list.push(toOne(one));
  }
  return { list, isMore: false };
}

/** A rate between two looks, at least a second apart. */
class Meter {
  #count = 0;
  #at: number;
  #rate = 0;

  constructor(startedAt: number) {
    this.#at = startedAt;
  }

  perSecond(count: number, now: number): number {
    if (now - this.#at < 1_000) return this.#rate;
    this.#rate = Math.round(((count - this.#count) * 10_000) / (now - this.#at)) / 10;
    this.#count = count;
    this.#at = now;
    return this.#rate;
  }
}
