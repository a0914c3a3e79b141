import type { ConnectionOptions } from "@nats-io/transport-node";
import { accessOptions, type AccessFiles } from "./access.ts";

/**
 * Reads the addresses of NATS servers, comma-separated: `nats://host:port`, `tls://…` for TLS, `nats://user:password@…` or `nats://token@…` for
 * those who ask.
 * @throws Error that names the part at fault, and what would be right; never with a password
 */
export function parseAddresses(text: string): readonly URL[] {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => (part.includes("://") ? part : `nats://${part}`));
  const urls = parts.filter((part) => URL.canParse(part)).map((part) => new URL(part));
  const areRight = urls.every(({ protocol, hostname }) => /^(nats|tls):$/.test(protocol) && hostname !== "");
  if (!areRight || parts.length === 0 || parts.length > urls.length)
    throw new Error("must be addresses such as nats://127.0.0.1:4222, comma-separated; tls:// for TLS");
  return urls;
}

/** What the client library needs to know to reach them, and to be let in. @throws Error where one of the files will not do */
export function connectionOptions(urls: readonly URL[], files: AccessFiles = {}): ConnectionOptions {
  const [login] = urls.filter(({ username }) => username !== "");
  const isTls = urls.some(({ protocol }) => protocol === "tls:");
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port || 4222}`),
    ...(login && loginOf(login)),
    ...accessOptions(files, isTls),
  };
}

function loginOf({ username, password }: URL): ConnectionOptions {
  const name = decodeURIComponent(username);
  return password === "" ? { token: name } : { user: name, pass: decodeURIComponent(password) };
}
