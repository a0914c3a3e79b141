import type { Language } from "./member.ts";
import type { Session } from "./session.ts";

/** A language that clients speak: a conversation over a session. Request ids and the like are its own local variables. */
export interface Dialect extends Language {
  /** Whether its clients may connect at any path that nothing else takes, since they are used to a path of their own. */
  readonly connectsAnywhere?: boolean;
  /** Whether its clients show only later who they are, each in the dialect's own way: then nobody is asked about them before. */
  readonly authorisesItself?: boolean;
  /** Makes the session `begin` its conversation. */
  open(session: Session): void;
}
