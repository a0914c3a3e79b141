import type { Language } from "./member.ts";
import type { Session } from "./session.ts";

/** A language that clients speak: a conversation over a session. Request ids and the like are its own local variables. */
export interface Dialect extends Language {
  /** Makes the session `begin` its conversation. */
  open(session: Session): void;
}
