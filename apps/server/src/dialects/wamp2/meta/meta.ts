import type { EventLog } from "../../../core/engine.ts";
import type { Node } from "../../../core/session.ts";
import { historyProcedures } from "./history.ts";
import { registrationEvents, registrationProcedures } from "./registrations.ts";
import { sessionEvents, sessionProcedures } from "./sessions.ts";
import { subscriptionEvents, subscriptionProcedures } from "./subscriptions.ts";
import { telling } from "./told.ts";

/** Serves WAMP's meta APIs on this node: to whoever calls them, in whatever language. */
export function serveWampMeta(node: Node, log: EventLog): void {
  const procedures = {
    ...sessionProcedures(node),
    ...subscriptionProcedures(node),
    ...registrationProcedures(node),
    ...historyProcedures(node, log),
  };
  node.dealer.own((procedure) => (Object.hasOwn(procedures, procedure) ? procedures[procedure] : undefined));
  const tell = telling(node);
  for (const events of [sessionEvents(node, tell), subscriptionEvents(tell), registrationEvents(tell)])
    node.watchers.add(events);
}
