import { Close, Refusal } from "./errors.ts";
import type { Frame } from "./frame.ts";
import type { Hooks } from "./hooks.ts";

/** What a hook's failure is told to. */
interface Told {
  fail(error: unknown): void;
}

/** Asks the application to let the session in; undefined where it does not want to be asked. A refusal ends the session (4503). */
export function askToOpen<Session extends Told>(
  { onOpen }: Hooks<Session>,
  session: Session,
): Promise<void> | undefined {
  if (onOpen === undefined) return undefined;
  return Promise.try(onOpen, session).catch((error: unknown) =>
    session.fail(error instanceof Refusal ? new Close("forbidden", error.message) : error),
  );
}

/** Lets the application see the frame before it is heard, and drop it. */
export function hearThrough<Session>(
  { onMessage }: Hooks<Session>,
  session: Session,
  frame: Frame,
  hear: (frame: Frame) => void | Promise<void>,
): void | Promise<void> {
  if (onMessage === undefined) return hear(frame);
  return Promise.try(onMessage, session, frame).then((passes) =>
    passes === false ? undefined : hear(frame),
  );
}

/** Tells the application what it can no longer change; that it fails is only reported. */
export function tell<Session>(
  hooks: Hooks<Session>,
  session: Session,
  report: (error: unknown) => void,
  hook: () => void | Promise<void>,
): void {
  Promise.try(hook).catch((error: unknown) => {
    report(error);
    void hooks.onError?.(session, error);
  });
}
