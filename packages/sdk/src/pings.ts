import { SwitchboardError } from "./switchboard-error.ts";
import type { Requests } from "./requests.ts";

/** What pings need of the client. */
export interface PingPorts {
  readonly requests: Requests;
  /** Whether frames may be sent. */
  isLive(): boolean;
  send(text: string): void;
}

/** Asks the server for signs of life. */
export class Pings {
  readonly #ports: PingPorts;

  constructor(ports: PingPorts) {
    this.#ports = ports;
  }

  /** Resolves with the round trip in ms. Rejects with `offline` where there is no connection. */
  measure(): Promise<number> {
    if (!this.#ports.isLive()) return Promise.reject(new SwitchboardError("offline", "not connected"));
    return new Promise((resolve, reject) => {
      const sentAt = performance.now();
      this.send((error) => (error === undefined ? resolve(performance.now() - sentAt) : reject(error)));
    });
  }

  /** @param answered hears that the pong has come, or why it has not. */
  send(answered: (error: SwitchboardError | undefined) => void): void {
    this.#ports.requests.ask(
      (id) => this.#ports.send(`{"type":"ping","id":${id}}`),
      (answer) => answered(answer instanceof SwitchboardError ? answer : undefined),
    );
  }
}
