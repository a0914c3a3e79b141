// The server of server.php on Switchboard: bun examples/ratchet/server.ts
import { createSwitchboard, Refusal, type Switchboard, type SwitchboardOptions } from "@switchboard/server";

/** Starts the server; resolves when it listens. */
export function startRooms(options: SwitchboardOptions = {}): Promise<Switchboard> {
  return createSwitchboard({
    ...options,
    hooks: {
      onOpen(session) {
        const name = new URL(session.opening.request?.url ?? "").searchParams.get("name");
        if (!name) throw new Refusal("forbidden", "say who you are: /?name=anna");
        session.client = name;
      },

      onMessage(session, frame) {
        console.log(`${session.client} says ${frame.length} characters`);
      },

      onClose(session) {
        console.log(`${session.client} left`);
      },

      onError(session, error) {
        console.log(`${session?.client}: ${String(error)}`);
      },

      onSubscribe(session, topic) {
        if (topic === "secret") throw new Refusal("forbidden", "topic: this one is not for you");
        console.log(`${session.client} hears ${topic}`);
      },

      onUnsubscribe(session, topic) {
        console.log(`${session.client} no longer hears ${topic}`);
      },

      onPublish(session, { data }) {
        if (typeof data !== "string") throw new Refusal("invalid_payload", "data: must be a text");
        return { data: { by: session?.client, text: data } };
      },

      onCall(_, { procedure, data }) {
        if (procedure !== "sum") return undefined;
        return paramsOf(data).reduce((sum: number, one) => sum + Number(one), 0);
      },
    },
  });
}

/** The arguments of a call, as Ratchet's `$params` has them. */
function paramsOf(data: string | undefined): readonly unknown[] {
  const value = JSON.parse(data ?? "[]") as unknown;
  if (Array.isArray(value)) return value;
  const { args } = Object(value) as { readonly args?: unknown };
  return Array.isArray(args) ? args : [value];
}

if (import.meta.main) {
  const rooms = await startRooms();
  console.log(`Listening on ${rooms.url.href}`);
  process.once("SIGINT", () => void rooms.close());
}
