import { type Client, type ClientOptions, createClient, type Event } from "../src/index.ts";
import { FakeServer, type Peer } from "./fake-server.ts";

/** A client and its server, with what went wrong; all ends with the block. */
export interface Connected extends Disposable {
  readonly server: FakeServer;
  readonly client: Client;
  readonly errors: unknown[];
}

/** A client on its way to a fake server, which tries again fast. */
export function connecting(options: ClientOptions = {}): Connected {
  const server = new FakeServer();
  const errors: unknown[] = [];
  const client = createClient({
    url: server.url,
    backoff: { baseMs: 5, maxMs: 20 },
    onError: (error) => errors.push(error),
    ...options,
  });
  return {
    server,
    client,
    errors,
    [Symbol.dispose]() {
      client.close();
      server[Symbol.dispose]();
    },
  };
}

/** The same, welcomed. */
export async function connected(options: ClientOptions = {}): Promise<Connected & { readonly peer: Peer }> {
  const all = connecting(options);
  const peer = await all.server.accept();
  await peer.next();
  await peer.play("< welcome");
  await until(() => all.client.status.state === "live");
  return { ...all, peer };
}

/** How long a test waits for what must come: so long that only what never comes is missed, however busy the machine. */
export const patienceMs = 20_000;

/** Resolves when the condition holds; rejects when the patience is at its end. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${String(condition)}`);
    await Bun.sleep(2);
  }
}

/** A handler that keeps what it hears, as `offset` or `offset*` where it is recovered. */
export function recorder(): { readonly heard: string[]; readonly event: (event: Event) => void } {
  const heard: string[] = [];
  return { heard, event: ({ offset, recovered }) => heard.push(`${offset}${recovered ? "*" : ""}`) };
}
