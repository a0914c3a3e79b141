import { closeCodes } from "@switchboard/protocol";
import type { ServerWebSocket, WebSocketHandler } from "bun";
import type { Opening } from "../core/conversation.ts";
import type { Dialect } from "../core/dialect.ts";
import { Close } from "../core/errors.ts";
import type { Limits } from "../core/limits.ts";
import { Rate } from "../core/rate.ts";
import { Session, type Node } from "../core/session.ts";

/** What hangs on a socket: how it opened, and then its session. */
export interface SocketData {
  readonly opening: Opening;
  /** Undefined where the client offered nothing that is spoken here: it is told so, and ended. */
  readonly dialect: Dialect | undefined;
  session?: Session;
  /** How many pings and pongs came of late. */
  pulse?: Rate;
}

/** Bun's callbacks: a socket is a session. */
export function websocketHandler(node: Node): WebSocketHandler<SocketData> {
  const { limits, clock } = node;
  /** A sign of life, of which there may be too many: Bun has answered each ping before it is told here. */
  const heard = ({ data }: ServerWebSocket<SocketData>): void => {
    const { session } = data;
    session?.heard();
    data.pulse ??= new Rate(limits.pingsPerSecondMax, clock);
    if (data.pulse.take() > 0) session?.fail(new Close("rateLimited"));
  };
  return {
    data: {} as SocketData,
    ...socketOptions(node.limits),
    open(socket) {
      const { dialect, opening } = socket.data;
      if (dialect === undefined) return refuseProtocol(socket);
      socket.data.session = new Session(node, dialect, socket, opening);
      dialect.open(socket.data.session);
    },
    message(socket, frame) {
      socket.data.session?.receive(frame);
    },
    pong: heard,
    ping: heard,
    drain(socket) {
      socket.data.session?.drained();
    },
    close(socket, code, reason) {
      socket.data.session?.end(code, reason);
    },
  };
}

/**
 * The send buffer has no limit of Bun's, which would drop frames silently: the session's outbox holds its own. The heartbeat is ours too,
 * since a peer that reads but never answers does not count as idle for Bun.
 */
function socketOptions({ frameBytesHardMax }: Limits) {
  return {
    maxPayloadLength: frameBytesHardMax,
    backpressureLimit: 0,
    closeOnBackpressureLimit: false,
    perMessageDeflate: false,
    idleTimeout: 120,
    sendPings: false,
  };
}

function refuseProtocol(socket: ServerWebSocket<SocketData>): void {
  const { code, meaning } = closeCodes.unsupportedProtocol;
  socket.close(code, `${meaning}; offer switchboard.1`);
}
