import type { Server } from "bun";
import { ConfigError } from "../config.ts";
import type { Certificate } from "./certificate.ts";
import type { SocketData } from "./websocket.ts";

type Listener = Server<SocketData>;

/** Starts to listen. @throws Error where the port is taken */
export type Listen = (how: {
  readonly hostname: string;
  readonly port: number;
  readonly reusePort: boolean;
  readonly tls?: Certificate;
}) => Listener;

/**
 * The port that is served. Under TLS it has one listener for each certificate under which connections still live: the newest one takes
 * what comes, the others keep what they have.
 */
export class Door {
  readonly #listen: Listen;
  readonly #hostname: string;
  #front: Listener;
  readonly #leaving = new Map<Listener, Promise<void>>();

  /** @throws ConfigError where the port cannot be had */
  constructor(
    at: { readonly hostname: string; readonly port: number },
    certificate: Certificate | undefined,
    listen: Listen,
  ) {
    this.#listen = listen;
    this.#hostname = at.hostname;
    if (certificate === undefined) this.#front = alone("PORT", at, () => listen({ ...at, reusePort: false }));
    else {
      // Listeners that share a port are not told of each other: only one that does not share it learns that it is taken.
      const probe = alone("PORT", at, () => listen({ ...at, reusePort: false, tls: certificate }));
      const port = portOf(probe);
      void probe.stop(true);
      this.#front = listen({ ...at, port, reusePort: true, tls: certificate });
    }
  }

  /** Where it listens. */
  get url(): URL {
    return this.#front.url;
  }

  /** From now on connections are opened under this certificate; those that are open stay. @throws Error where it cannot be used */
  exchange(certificate: Certificate): void {
    const old = this.#front;
    const at = { hostname: this.#hostname, port: portOf(old) };
    this.#front = this.#listen({ ...at, reusePort: true, tls: certificate });
    this.#leave(old);
  }

  /** Stops accepting; resolves when the last connection has ended. */
  async stop(): Promise<void> {
    this.#leave(this.#front);
    await Promise.all(this.#leaving.values());
  }

  /** Ends every connection. */
  async end(): Promise<void> {
    await Promise.all([this.#front, ...this.#leaving.keys()].map((listener) => listener.stop(true)));
  }

  #leave(listener: Listener): void {
    this.#leaving.set(
      listener,
      listener.stop().then(() => void this.#leaving.delete(listener)),
    );
  }
}

/** Opens a port of its own. @throws ConfigError that names the setting, where it cannot be had */
export function alone<Listening>(
  setting: "PORT" | "SWITCHBOARD_HTTP_REDIRECT_PORT",
  { hostname, port }: { readonly hostname: string; readonly port: number },
  listen: () => Listening,
): Listening {
  try {
    return listen();
  } catch (error) {
    const why = faultOf(setting, port, hostname, (error as NodeJS.ErrnoException).code);
    if (why === undefined) throw error;
    throw new ConfigError(why, { cause: error });
  }
}

/** Says in the settings' words why nothing can listen there. */
function faultOf(setting: string, port: number, hostname: string, code: string | undefined) {
  const flag = setting === "PORT" ? "--port" : "--http-redirect-port";
  // What Bun says of a text that is neither a name nor an address depends on its form, or is the fault of some call before.
  if (code !== "EACCES" && !canListenAt(hostname))
    return `HOST: ${hostname} is no address of this machine; 127.0.0.1 is for this machine alone, 0.0.0.0 is all of them`;
  switch (code) {
    case "EADDRINUSE":
      return `${setting}: ${port} is in use; stop what listens there (is this server running already?), or give another with ${flag}`;
    case "EACCES":
      return `${setting}: ${port} may not be opened by this user; give one from 1024 on with ${flag}`;
    default:
      return undefined;
  }
}

/** Whether any port can be opened there. */
function canListenAt(hostname: string): boolean {
  try {
    Bun.listen({ hostname, port: 0, socket: { data() {} } }).stop(true);
    return true;
  } catch {
    return false;
  }
}

/** Ports are undefined for listeners on a path alone, which these are not. */
function portOf(listener: Listener): number {
  return listener.port ?? 0;
}
