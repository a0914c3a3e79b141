// @ts-expect-error: the package has no types
import untyped from "autobahn";
import { Wampy } from "wampy";
import { CborSerializer } from "wampy/CborSerializer.js";
import { JsonSerializer } from "wampy/JsonSerializer.js";
import { MsgpackSerializer } from "wampy/MsgpackSerializer.js";

/** What WAMP carries. */
export interface Said {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** What becomes of a cancelled call. */
type CancelMode = "skip" | "kill" | "killnowait";

/** A WAMP client written by others, as the tests use it. */
export interface Wamp2Client {
  /** The session's id, newest first where it came back. */
  readonly sessions: readonly string[];
  subscribe(topic: string, hear: (said: Said) => void): Promise<unknown>;
  publish(topic: string, args: readonly unknown[], kwargs: object): Promise<unknown>;
  register(procedure: string, answer: (said: Said) => unknown): Promise<unknown>;
  /** Resolves with the first argument of the result; `cancel` may be called meanwhile. */
  call(
    procedure: string,
    args?: readonly unknown[],
  ): { readonly answer: Promise<unknown>; cancel(mode?: CancelMode): void };
  close(): Promise<void>;
}

interface AutobahnSession {
  readonly id: number;
  subscribe(topic: string, hear: (args: unknown[], kwargs: object) => void): Promise<unknown>;
  publish(topic: string, args: readonly unknown[], kwargs: object, options: object): Promise<unknown>;
  register(procedure: string, answer: (args: unknown[], kwargs: object) => unknown): Promise<unknown>;
  call(
    procedure: string,
    args: readonly unknown[],
  ): Promise<unknown> & { readonly cancel: (options?: object) => void };
}

interface AutobahnConnection {
  open(): void;
  close(): void;
}

const autobahn = untyped as {
  readonly Connection: new (options: object) => AutobahnConnection;
  readonly serializer: Readonly<
    Record<"JSONSerializer" | "MsgpackSerializer" | "CBORSerializer", new () => object>
  >;
  readonly log: { warn: (...said: unknown[]) => void };
};
// It warns of each connection's end.
autobahn.log.warn = () => {};

const autobahnSerializers = {
  json: "JSONSerializer",
  msgpack: "MsgpackSerializer",
  cbor: "CBORSerializer",
} as const;
const wampySerializers = { json: JsonSerializer, msgpack: MsgpackSerializer, cbor: CborSerializer };

/** WAMP's serializations. */
export type Spelling = keyof typeof wampySerializers;

/** AutobahnJS of npm. */
export function openAutobahn(url: string, spelling: Spelling): Promise<Wamp2Client> {
  const Serializer = autobahn.serializer[autobahnSerializers[spelling]];
  const connection = new autobahn.Connection({
    url,
    realm: "realm1",
    serializers: [new Serializer()],
    initial_retry_delay: 0.05,
  });
  const sessions: string[] = [];
  return new Promise((resolve, reject) => {
    let closed = () => {};
    const close = () => {
      const ended = new Promise<void>((done) => (closed = done));
      connection.close();
      return ended;
    };
    const onclose = () => {
      closed();
      reject(new Error("autobahn could not connect"));
      return false;
    };
    const onopen = (session: AutobahnSession) => {
      sessions.unshift(String(session.id));
      resolve(autobahnClient(session, sessions, close));
    };
    Object.assign(connection, { onopen, onclose }).open();
  });
}

function autobahnClient(
  session: AutobahnSession,
  sessions: string[],
  close: () => Promise<void>,
): Wamp2Client {
  const said = (args: unknown[], kwargs: object): Said => ({ args, kwargs: { ...kwargs } });
  return {
    sessions,
    subscribe: (topic, hear) => session.subscribe(topic, (args, kwargs) => hear(said(args, kwargs))),
    publish: (topic, args, kwargs) => session.publish(topic, args, kwargs, { acknowledge: true }),
    register: (procedure, answer) =>
      session.register(procedure, (args, kwargs) => answer(said(args, kwargs))),
    call(procedure, args = []) {
      const answer = session.call(procedure, args);
      return { answer, cancel: (mode) => answer.cancel(mode === undefined ? undefined : { mode }) };
    },
    close,
  };
}

/** Wampy of npm. */
export async function openWampy(url: string, spelling: Spelling): Promise<Wamp2Client> {
  const sessions: string[] = [];
  const wampy = new Wampy(url, {
    realm: "realm1",
    ws: WebSocket,
    serializer: new wampySerializers[spelling](),
    reconnectInterval: 50,
    onReconnectSuccess: () => void sessions.unshift(String(wampy.getSessionId())),
  });
  await wampy.connect();
  sessions.unshift(String(wampy.getSessionId()));
  return {
    sessions,
    subscribe: (topic, hear) =>
      wampy.subscribe(topic, ({ argsList, argsDict }) =>
        hear({ args: argsList ?? [], kwargs: { ...argsDict } }),
      ),
    publish: (topic, argsList, argsDict) => wampy.publish(topic, { argsList, argsDict }),
    register: (procedure, answer) =>
      wampy.register(procedure, async ({ argsList, argsDict }) => ({
        argsList: [await answer({ args: argsList ?? [], kwargs: { ...argsDict } })],
      })),
    call(procedure, args = []) {
      const calling = wampy.call(procedure, { argsList: args });
      const { reqId } = wampy.getOpStatus();
      return {
        answer: calling.then(({ argsList }) => argsList?.[0]),
        cancel: (mode) => void wampy.cancel(reqId, mode === undefined ? undefined : { mode }),
      };
    },
    close: async () => void (await wampy.disconnect()),
  };
}
