import { closeCodes } from "@switchboard/protocol";
import { Refusal, type Close } from "./errors.ts";

/** A refusal, as the log tells it: where and to whom, and why. Never with what was shown: a token is a secret, even a wrong one. */
export interface Refused {
  /** What was asked, without the query: a request, or the language of a session. */
  readonly door: string;
  readonly address: string;
  /** Of the table of errors, or of closes. */
  readonly code: string | number;
  readonly why: string;
  readonly session?: string;
  readonly subject?: string | undefined;
}

/** Whom a session's refusal is told of. */
export interface Refusee {
  readonly id: string;
  readonly subject: string | undefined;
  readonly language: { readonly subprotocol: string };
  readonly opening: { readonly address: string };
}

/** The refusal of something that a session asked. */
export function refusedIn(
  { id, subject, language, opening }: Refusee,
  { code, message }: { readonly code: string | number; readonly message: string },
): Refused {
  return { door: language.subprotocol, address: opening.address, code, why: message, session: id, subject };
}

const refusing: ReadonlySet<number> = new Set(
  [closeCodes.rateLimited, closeCodes.unauthenticated, closeCodes.forbidden].map(({ code }) => code),
);

/** Whether this end refuses something that was not told of as a refusal before. */
export function isRefusing({ code, cause }: Close): boolean {
  return refusing.has(code) && !(cause instanceof Refusal);
}
