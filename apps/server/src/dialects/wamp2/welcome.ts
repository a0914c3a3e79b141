import type { Session } from "../../core/session.ts";

/** What is there of the Advanced Profile: no more than this. */
const roles = {
  broker: {
    features: {
      publisher_exclusion: true,
      subscriber_blackwhite_listing: true,
      pattern_based_subscription: true,
    },
  },
  dealer: {
    features: {
      progressive_call_results: true,
      call_canceling: true,
      call_timeout: true,
      caller_identification: true,
      shared_registration: true,
    },
  },
};

/** Who the client is, as WAMP says it. */
export interface Identity {
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
  readonly authprovider: string;
}

/** Who the session is by what came with its handshake; undefined where it has shown nothing yet, and must. */
export function identityOf({ id, subject, authority, node }: Session): Identity | undefined {
  if (authority.grant === undefined) return undefined;
  const isAsked = node.authenticator !== undefined;
  return {
    authid: subject ?? id,
    authrole: isAsked ? "user" : "anonymous",
    authmethod: isAsked ? "ticket" : "anonymous",
    authprovider: node.server,
  };
}

/** The details of WELCOME. */
export function welcomeDetails({ node }: Session, realm: string, identity: Identity) {
  return { realm, ...identity, agent: `${node.server}-${node.version}`, roles };
}
