import type { Member } from "../../core/member.ts";
import type { Node, Session } from "../../core/session.ts";

/** What is there of the Advanced Profile: no more than this. */
const roles = {
  broker: {
    features: {
      publisher_exclusion: true,
      publisher_identification: true,
      subscriber_blackwhite_listing: true,
      pattern_based_subscription: true,
      event_retention: true,
      event_history: true,
      session_meta_api: true,
      subscription_meta_api: true,
    },
  },
  dealer: {
    features: {
      progressive_call_results: true,
      call_canceling: true,
      call_timeout: true,
      caller_identification: true,
      shared_registration: true,
      session_meta_api: true,
      registration_meta_api: true,
    },
  },
};

/** Who the client is, as WAMP says it. What is not known is left out. */
export interface Authentication {
  readonly authid: string;
  readonly authrole: string | undefined;
  readonly authmethod: string;
  readonly authprovider: string;
}

const methods = new WeakMap<Member, string>();

/** The session has shown who it is by this method. */
export function noteMethod(session: Session, method: string): void {
  methods.set(session, method);
}

/** Who the session is, whatever language it speaks: whoever has shown nothing by WAMP has come with a token, or needed none. */
export function authenticationOf(session: Member, node: Node): Authentication {
  const method = node.authenticator === undefined ? "anonymous" : (methods.get(session) ?? "ticket");
  const { id, subject, role } = session;
  return { authid: subject ?? id, authrole: role, authmethod: method, authprovider: node.server };
}

/** The details of WELCOME. */
export function welcomeDetails(session: Session, realm: string) {
  const { node } = session;
  const agent = `${node.server}-${node.version}`;
  return { realm, ...authenticationOf(session, node), agent, roles };
}
