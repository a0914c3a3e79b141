import { existsSync, statSync } from "node:fs";
import { open, type Check, type Finding } from "./finding.ts";

const othersMay = { read: 0o004, write: 0o002 } as const;

/** Whether others on this machine can read or write what they should not. */
export const checkFiles: Check = ({ settings, given }) => {
  const { dataDir, tlsCert, tlsKey } = settings;
  const publicKey = given("SWITCHBOARD_JWT_PUBLIC_KEY");
  return [
    ...(dataDir === ":memory:"
      ? []
      : [
          ...exposed(
            dataDir,
            "read",
            "SWITCHBOARD_DATA_DIR",
            "go-rwx",
            "holds all messages, and the secret that signs tickets",
          ),
        ]),
    ...exposed(
      given("SWITCHBOARD_WAMPCRA_USERS"),
      "read",
      "SWITCHBOARD_WAMPCRA_USERS",
      "o-rwx",
      "holds secrets",
    ),
    ...exposed(settings.natsCreds, "read", "SWITCHBOARD_NATS_CREDS", "o-rwx", "lets in at NATS"),
    ...exposed(settings.natsKey, "read", "SWITCHBOARD_NATS_KEY", "o-rwx", "lets in at NATS"),
    ...exposed(
      settings.natsCa,
      "write",
      "SWITCHBOARD_NATS_CA",
      "o-w",
      "says which NATS servers are believed",
    ),
    ...exposed(tlsKey, "read", "SWITCHBOARD_TLS_KEY", "o-rwx", "is the server's identity"),
    ...exposed(tlsCert, "write", "SWITCHBOARD_TLS_CERT", "o-w", "is the server's identity"),
    ...exposed(publicKey, "write", "SWITCHBOARD_JWT_PUBLIC_KEY", "o-w", "says whose tokens are taken"),
  ];
};

function exposed(
  path: string | undefined,
  right: keyof typeof othersMay,
  setting: string,
  mode: string,
  worth: string,
): Finding[] {
  if (path === undefined || process.platform === "win32" || !existsSync(path)) return [];
  if ((statSync(path).mode & (othersMay[right] | othersMay.write)) === 0) return [];
  return [
    open(
      `${setting}: every user of this machine may ${right} ${path}, which ${worth}`,
      `chmod ${mode} ${path}`,
    ),
  ];
}
