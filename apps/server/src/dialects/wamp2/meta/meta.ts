import type { EventLog } from "../../../core/engine.ts";
import type { Peers } from "../../../core/peers.ts";
import type { Node } from "../../../core/session.ts";
import { everywhere } from "./everywhere.ts";
import { historyProcedures } from "./history.ts";
import { registrationEvents, registrationProcedures } from "./registrations.ts";
import { sessionEvents, sessionProcedures } from "./sessions.ts";
import { subscriptionEvents, subscriptionProcedures } from "./subscriptions.ts";
import { telling } from "./told.ts";

/** Serves WAMP's meta APIs: to whoever calls them, in whatever language. */
export function serveWampMeta(node: Node, log: EventLog, peers: Peers): void {
  const here = {
    ...sessionProcedures(node),
    ...subscriptionProcedures(node),
    ...registrationProcedures(node),
    ...historyProcedures(node, log),
  };
  const procedures = everywhere(here, peers);
  node.dealer.own((procedure) => (Object.hasOwn(procedures, procedure) ? procedures[procedure] : undefined));
  const tell = telling(node);
  for (const events of [sessionEvents(node, tell), subscriptionEvents(tell), registrationEvents(tell)])
    node.watchers.add(events);
}
