import type { Socket } from "bun";
import { subprotocol } from "@switchboard/protocol";
import { FrameReader, pongFrame, textFrame } from "./frames.ts";

const [textOpcode, closeOpcode, pingOpcode] = [1, 8, 9];
const closeCodeBytes = 2;
const connectingAtOnce = 250;

/** Told of each text frame after the welcome: its payload is `bytes` from `start` to `end`, good until it returns. */
type OnText = (bytes: Uint8Array, start: number, end: number) => void;

/** What a connection says and hears. */
export interface ConnectionOptions {
  readonly url: URL;
  readonly crmIds: readonly string[];
  readonly onText: OnText;
}

/** A WebSocket client that costs as little as Bun allows: a bare socket, frames made in advance, heads alone read. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #reader = new FrameReader();
  readonly #welcome = Promise.withResolvers<void>();
  #socket: Socket<Connection> | undefined;
  #state: "upgrading" | "greeting" | "welcomed" | "gone" = "upgrading";
  #unsent: Uint8Array | undefined;

  private constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Connects and says hello; resolves when it was welcomed. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(options);
    const { hostname, port } = options.url;
    connection.#socket = await Bun.connect({
      hostname,
      port: Number(port),
      data: connection,
      socket: handler,
    });
    connection.#write(upgradeRequest(options.url));
    await connection.#welcome.promise;
    return connection;
  }

  get isOpen(): boolean {
    return this.#state === "welcomed";
  }

  /** Sends frames that are ready for the wire. */
  send(frames: Uint8Array): void {
    if (this.#unsent === undefined) this.#write(frames);
    else this.#unsent = Buffer.concat([this.#unsent, frames]);
  }

  /** Ends it with a reset, so that its port is free at once. */
  close(): void {
    this.#state = "gone";
    this.#socket?.terminate();
  }

  heard(chunk: Uint8Array): void {
    if (this.#state !== "upgrading") return this.#reader.read(chunk, this.#onFrame);
    const text = new TextDecoder("latin1").decode(chunk);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0 || !text.startsWith("HTTP/1.1 101 "))
      return this.lost(`it was refused: ${text.slice(0, 200)}`);
    this.#state = "greeting";
    this.#write(textFrame(JSON.stringify({ type: "hello", crmIds: this.#options.crmIds })));
    if (end + 4 < chunk.length) this.heard(chunk.subarray(end + 4));
  }

  drained(): void {
    const frames = this.#unsent;
    this.#unsent = undefined;
    if (frames !== undefined) this.#write(frames);
  }

  lost(reason: string): void {
    if (this.#state === "welcomed") console.error(`the server ended a connection: ${reason}`);
    this.#state = "gone";
    this.#welcome.reject(new Error(reason));
  }

  readonly #onFrame = (opcode: number, bytes: Uint8Array, start: number, end: number): void => {
    if (opcode === textOpcode && this.#state === "welcomed") return this.#options.onText(bytes, start, end);
    if (opcode === pingOpcode) return this.send(pongFrame(bytes.subarray(start, end)));
    const isClose = opcode === closeOpcode;
    const text = new TextDecoder().decode(bytes.subarray(isClose ? start + closeCodeBytes : start, end));
    if (isClose || !text.startsWith('{"type":"welcome"')) return this.lost(text);
    this.#state = "welcomed";
    this.#welcome.resolve();
  };

  #write(bytes: Uint8Array): void {
    const written = this.#socket?.write(bytes) ?? 0;
    if (written < bytes.length) this.#unsent = bytes.slice(Math.max(written, 0));
  }
}

/** Opens so many connections, a few at a time. */
export async function openAll(
  count: number,
  optionsOf: (index: number) => ConnectionOptions,
): Promise<Connection[]> {
  const connections: Connection[] = [];
  while (connections.length < count) {
    const first = connections.length;
    const batch = Array.from({ length: Math.min(connectingAtOnce, count - first) }, (_, i) => first + i);
    connections.push(...(await Promise.all(batch.map((index) => Connection.open(optionsOf(index))))));
  }
  return connections;
}

const handler = {
  data: (socket: Socket<Connection>, chunk: Uint8Array) => socket.data.heard(chunk),
  drain: (socket: Socket<Connection>) => socket.data.drained(),
  close: (socket: Socket<Connection>) => socket.data.lost("it was closed"),
  error: (socket: Socket<Connection>, error: Error) => socket.data.lost(error.message),
};

function upgradeRequest({ host }: URL): Uint8Array {
  const lines = [
    "GET /ws HTTP/1.1",
    `Host: ${host}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Protocol: ${subprotocol}`,
  ];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
}
