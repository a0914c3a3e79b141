import { subprotocol } from "@switchboard/protocol";

/** What one address does to a server. */
export interface Attack {
  readonly name: string;
  /** What the server is told besides its defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How many sockets it opens at once, and again where they are ended. */
  readonly sockets: number;
  /** What each socket says first. */
  readonly opening: string;
  /** What each socket says once it has its answer, as fast as it is taken; nothing where it is silent. */
  readonly flood?: Flood;
}

/** What has no end: the first once, then the rest over and over. */
export interface Flood {
  readonly first: Uint8Array;
  readonly rest: Uint8Array;
  readonly bytesPerWrite: number;
  /** From all sockets together. */
  readonly bytesPerSecond: number;
}

/** What a line of 100 Mbit/s carries: on loopback without a bound, memory would be measured and not the server. */
const lineBytesPerSecond = 12_500_000;
/** Single bytes, of which such a line carries no more in packets of their own than the server is asked to bear here. */
const dripBytesPerSecond = 20_000;

const crowd = 5_000;
const handful = 20;

const handshake = [
  "GET /ws?crmId=1 HTTP/1.1",
  "Host: server",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  `Sec-WebSocket-Protocol: ${subprotocol}`,
  "\r\n",
].join("\r\n");
const withoutHello = handshake.replace("?crmId=1", "");

const [isLast, text, ping] = [0x80, 0x1, 0x9];

/** All that is tried, each by itself. */
export const attacks: readonly Attack[] = [
  { name: "5,000 sockets that say nothing", sockets: crowd, opening: "" },
  { name: "5,000 halves of a handshake", sockets: crowd, opening: withoutHello.slice(0, 60) },
  { name: "5,000 sessions without a hello", sockets: crowd, opening: withoutHello },
  { name: "5,000 sessions that follow a record", sockets: crowd, opening: handshake },
  {
    name: "pings without end",
    sockets: handful,
    opening: handshake,
    flood: inBulk(frame(isLast | ping, "")),
  },
  {
    name: "requests without end",
    sockets: handful,
    opening: handshake,
    flood: inBulk(frame(isLast | text, '{"type":"ping","id":1}')),
  },
  {
    name: "the same, 1,000 frames a second allowed",
    settings: { SWITCHBOARD_FRAMES_PER_SECOND_MAX: "1000" },
    sockets: handful,
    opening: handshake,
    flood: inBulk(frame(isLast | text, '{"type":"ping","id":1}')),
  },
  {
    name: "fragments of 1 byte",
    sockets: handful,
    opening: handshake,
    flood: inBulk(frame(text, '"'), frame(0, "x")),
  },
  {
    name: "writes of 1 byte",
    sockets: 10 * handful,
    opening: handshake,
    flood: {
      ...inBulk(frame(isLast | text, '{"type":"ping","id":1}')),
      bytesPerWrite: 1,
      bytesPerSecond: dripBytesPerSecond,
    },
  },
];

function inBulk(first: Uint8Array, then = first): Flood {
  const rest = Buffer.concat(Array.from({ length: Math.floor(4_096 / then.length) }, () => then));
  return { first, rest, bytesPerWrite: rest.length, bytesPerSecond: lineBytesPerSecond };
}

/** A short frame, masked with zeros. */
function frame(head: number, payload: string): Uint8Array {
  return Buffer.concat([Uint8Array.from([head, 0x80 | payload.length, 0, 0, 0, 0]), Buffer.from(payload)]);
}
