import { connect, type Socket } from "node:net";

/** A frame of the protocol, as JSON has it. */
export type Frame = { readonly type: string } & Readonly<Record<string, unknown>>;

/** A WebSocket by hand over TCP: it can stop reading, and answers pings only if it wants to. */
export class RawSocket implements Disposable {
  readonly frames: Frame[] = [];
  readonly #socket: Socket;
  readonly #answersPings: boolean;
  #rest: Buffer = Buffer.alloc(0);
  #isOpen = false;
  /** How often it was pinged. */
  pings = 0;
  /** The code of the Close frame that came. */
  closeCode: number | undefined;
  /** Whether the connection has ended. */
  gone = false;

  constructor(port: number, { answersPings = true }: { answersPings?: boolean } = {}) {
    this.#answersPings = answersPings;
    this.#socket = connect(port, "127.0.0.1");
    const lines = [
      "GET /ws HTTP/1.1",
      `Host: 127.0.0.1:${port}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Protocol: switchboard.1",
    ];
    this.#socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    this.#socket.on("data", (part: Buffer) => this.#read(part));
    this.#socket.on("close", () => (this.gone = true));
    this.#socket.on("error", () => (this.gone = true));
  }

  /** Stops reading: what comes fills the buffers of both sides. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  say(frame: Frame): void {
    this.#write(0x1, Buffer.from(JSON.stringify(frame)));
  }

  /** The frames of one type that have come. */
  of(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #read(part: Buffer): void {
    this.#rest = this.#rest.length === 0 ? part : Buffer.concat([this.#rest, part]);
    if (!this.#isOpen) {
      const end = this.#rest.indexOf("\r\n\r\n");
      if (end === -1) return;
      this.#isOpen = true;
      this.#rest = this.#rest.subarray(end + 4);
    }
    while (this.#takeFrame());
  }

  #takeFrame(): boolean {
    const rest = this.#rest;
    if (rest.length < 2) return false;
    const short = (rest[1] as number) & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (rest.length < head) return false;
    const size =
      short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
    if (rest.length < head + size) return false;
    this.#rest = rest.subarray(head + size);
    this.#heard((rest[0] as number) & 0xf, rest.subarray(head, head + size));
    return true;
  }

  #heard(kind: number, payload: Buffer): void {
    if (kind === 0x1) this.frames.push(JSON.parse(payload.toString()) as Frame);
    else if (kind === 0x8) this.closeCode = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
    else if (kind === 0x9) {
      this.pings += 1;
      if (this.#answersPings) this.#write(0xa, payload);
    }
  }

  #write(kind: number, payload: Buffer): void {
    const mask = Buffer.from([7, 11, 13, 17]);
    const head =
      payload.length < 126
        ? Buffer.from([0x80 | kind, 0x80 | payload.length])
        : Buffer.from([0x80 | kind, 0xfe, payload.length >> 8, payload.length & 0xff]);
    const masked = payload.map((byte, i) => byte ^ (mask[i % 4] as number));
    this.#socket.write(Buffer.concat([head, mask, masked]));
  }
}
