import type { Call } from "./dealer.ts";
import { Refusal } from "./errors.ts";
import type { Audience } from "./event.ts";
import type { Frame } from "./frame.ts";

/** A publish, as a hook sees it. */
export interface PublishView {
  readonly topics: readonly string[];
  readonly name: string;
  readonly data: unknown;
  readonly audience: Audience;
}

/** What a hook may change of a publish. */
export type PublishChange = Partial<Audience> & { readonly data?: unknown };

/**
 * What the application may have a say in: the eight callbacks of Ratchet's two interfaces. Each may be async; each that may refuse does so by
 * throwing a Refusal, whose message the client hears. Anything else that is thrown is a fault of the application: it is reported to `onError`
 * and the log, and the client hears `internal`.
 */
export interface Hooks<Session> {
  /** A connection has opened; refusing ends it (4503). Nothing that the client says is heard before this is done. */
  readonly onOpen?: (session: Session) => void | Promise<void>;
  /** A frame has come, before its dialect hears it; false drops it. */
  readonly onMessage?: (session: Session, frame: Frame) => void | boolean | Promise<void | boolean>;
  readonly onClose?: (
    session: Session,
    close: { readonly code: number; readonly reason: string },
  ) => void | Promise<void>;
  readonly onError?: (session: Session | undefined, error: unknown) => void | Promise<void>;
  /** Somebody publishes; `session` is undefined over HTTP. May refuse, or change what is published. */
  readonly onPublish?: (
    session: Session | undefined,
    publish: PublishView,
  ) => void | PublishChange | Promise<void | PublishChange>;
  /** Somebody calls what the server does not answer itself. May refuse, or answer: undefined leaves it to the clients. */
  readonly onCall?: (session: Session | undefined, call: Call) => unknown;
  /** A session is about to join a topic or a pattern; refusing keeps it out. */
  readonly onSubscribe?: (session: Session, topic: string) => void | Promise<void>;
  /** A session has left a topic or a pattern, by its own wish or with its connection. */
  readonly onUnsubscribe?: (session: Session, topic: string) => void | Promise<void>;
}

/** The same hooks; but where one that may refuse fails by mistake, it is reported, and refuses as `internal`; that `onError` fails is only reported. */
export function containHooks<Session>(
  hooks: Hooks<Session>,
  report: (error: unknown) => void,
): Hooks<Session> {
  const onError: Hooks<Session>["onError"] = (session, error) => {
    Promise.try(() => hooks.onError?.(session, error)).catch(report);
  };
  const contain = <Given extends unknown[], Result>(
    hook: ((session: Session, ...given: Given) => Result) | undefined,
  ) =>
    hook &&
    (async (session: Session, ...given: Given): Promise<Awaited<Result>> => {
      try {
        return await hook.call(hooks, session, ...given);
      } catch (error) {
        if (error instanceof Refusal) throw error;
        report(error);
        void onError(session, error);
        throw new Refusal("internal", "the application failed; it is logged at the server");
      }
    });
  const { onSubscribe, onPublish, onCall } = hooks;
  return {
    ...hooks,
    onError,
    ...(onSubscribe && { onSubscribe: contain(onSubscribe) }),
    ...(onPublish && { onPublish: contain(onPublish) }),
    ...(onCall && { onCall: contain(onCall) }),
  } as Hooks<Session>;
}
