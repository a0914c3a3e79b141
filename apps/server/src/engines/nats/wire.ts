import type { Wire } from "../cluster/wire.ts";
import type { Connection } from "./connection.ts";

/** How large a text is at the most, in bytes: below the servers' `max_payload`, and small enough not to hold up others for long. */
const textBytesMax = 256 * 1024;

/** What nodes say to each other, over core NATS: a subject for each node, and one for all. @param prefix what all names begin with */
export function natsWire(connection: Connection, prefix: string): Wire {
  const subjectOf = (node: string) => `${prefix}.n.${node}`;
  return {
    textBytesMax,
    open(node, end) {
      let isSubscribed = false;
      const turn = (isUp: boolean) => {
        if (!isUp) return end.down();
        if (!isSubscribed)
          for (const one of ["all", node])
            connection.subscribe(subjectOf(one), (message) => end.read(message.string()));
        isSubscribed = true;
        end.up();
      };
      connection.watch(turn);
      if (connection.isUp) turn(true);
    },
    send(text, to = "all") {
      if (connection.isUp) connection.publish(subjectOf(to), text);
    },
  };
}
