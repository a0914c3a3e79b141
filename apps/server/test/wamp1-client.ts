// @ts-expect-error: the package has no types
import Untyped from "wamp1";

/** npm's `wamp1`, a client of 2013 for WAMP v1: what the tests use of it. */
export interface Wamp1Client {
  readonly sessionId: string;
  prefix(prefix: string, uri: string): void;
  subscribe(topic: string, hear: (event: unknown) => void): void;
  unsubscribe(topic: string): void;
  publish(topic: string, event: unknown, ...recipients: unknown[]): void;
  call(procedure: string, ...rest: unknown[]): void;
}

/** The socket that it is given. */
interface Socket {
  on(event: "message", hear: (text: string) => void): void;
  send(text: string): void;
}

const Client = Untyped as new (socket: Socket, welcomed: () => void) => Wamp1Client;

/** Connects the client, over a socket of the runtime's; resolves once it was welcomed. */
export function connectWamp1(url: string): Promise<Wamp1Client> {
  const socket = new WebSocket(url, ["wamp"]);
  return new Promise((resolve) => {
    const client = new Client(
      {
        on: (_, hear) => socket.addEventListener("message", ({ data }) => hear(String(data))),
        send: (text) => socket.send(text),
      },
      () => resolve(client),
    );
  });
}
