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
    if (certificate === undefined) this.#front = alone(at, () => listen({ ...at, reusePort: false }));
    else {
      // Listeners that share a port are not told of each other: only one that does not share it learns that it is taken.
      const probe = alone(at, () => listen({ ...at, reusePort: false, tls: certificate }));
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

/** Says in the settings' words why nothing can listen there. */
function alone(at: { readonly hostname: string; readonly port: number }, listen: () => Listener): Listener {
  try {
    return listen();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = {
      EADDRINUSE: `PORT: ${at.port} is in use; stop what listens there (is this server running already?), or give another with --port`,
      EACCES: `PORT: ${at.port} may not be opened by this user; give one from 1024 on with --port`,
      EADDRNOTAVAIL: `HOST: ${at.hostname} is no address of this machine`,
    }[code ?? ""];
    if (why === undefined) throw error;
    throw new ConfigError(why, { cause: error });
  }
}

/** Ports are undefined for listeners on a path alone, which these are not. */
function portOf(listener: Listener): number {
  return listener.port ?? 0;
}
