import { errors } from "@nats-io/transport-node";
import { credentialsEnd, type AccessFiles } from "./access.ts";

const unknownAuthority =
  "its certificate is not of an authority that is known here: SWITCHBOARD_NATS_CA names the file of a private one";

/** What is wrong with a server's certificate, by the code that TLS gives it. */
const certificateFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for other names than that of SWITCHBOARD_NATS_URL",
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
};

/** Why NATS is not reached, for operators: what was wrong, and which setting decides it. */
export function faultWords(error: unknown, files: AccessFiles = {}): string {
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError)
    return refusalOf(files);
  const { message, code } = error as NodeJS.ErrnoException;
  if (error instanceof errors.TimeoutError)
    return "it does not answer (one with TLS that asks for certificates: SWITCHBOARD_NATS_CERT, SWITCHBOARD_NATS_KEY)";
  if (message.includes("does not support 'tls'"))
    return "it has no TLS, which SWITCHBOARD_NATS_URL asks for (tls://)";
  return certificateFaults[code ?? ""] ?? message;
}

function refusalOf({ creds }: AccessFiles): string {
  if (creds === undefined)
    return "it does not let us in: see the user and password, or the token, of SWITCHBOARD_NATS_URL, or set SWITCHBOARD_NATS_CREDS";
  const end = credentialsEnd(creds);
  if (end === undefined || end > Date.now())
    return "it does not let us in: it does not know the credentials of SWITCHBOARD_NATS_CREDS";
  return `it does not let us in: the credentials of SWITCHBOARD_NATS_CREDS ended at ${new Date(end).toISOString()}`;
}
