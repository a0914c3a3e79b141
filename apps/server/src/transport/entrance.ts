import { ConfigError } from "../config.ts";
import type { Clock } from "../core/clock.ts";
import type { Settings } from "../settings.ts";
import { certificateEnd, readCertificate, type Certificate, type CertificateFiles } from "./certificate.ts";
import { watchCertificate } from "./certificate-watch.ts";
import { alone, Door, type Listen } from "./door.ts";
import { openHttpRedirect } from "./http-redirect.ts";

/** How long before its end a certificate is complained of, in ms. */
const soonMs = 14 * 24 * 60 * 60_000;

/** Where whatever is served is reached. */
export interface Entrance {
  readonly url: URL;
  /** Stops accepting; resolves when the last connection has ended. */
  stop(): Promise<void>;
  /** Ends every connection. */
  end(): Promise<void>;
}

/** What the entrance tells of itself. */
interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(error: unknown): void;
}

type Asked = Pick<Settings, "host" | "port" | "tlsCert" | "tlsKey" | "httpRedirectPort">;

/** Opens the port, and under TLS keeps to the certificate in its files. @throws ConfigError, also where the port cannot be had */
export async function openEntrance(
  settings: Asked,
  listen: Listen,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<Entrance> {
  const { host: hostname, port, httpRedirectPort } = settings;
  const files = filesOf(settings);
  if (files === undefined) return new Door({ hostname, port }, undefined, listen);
  const certificate = await readCertificate(files).catch((error: unknown) => {
    throw new ConfigError((error as Error).message, { cause: error });
  });
  const door = new Door({ hostname, port }, certificate, listen);
  complainOfEnd(certificate, clock, log);
  const openRedirect = (at: { readonly hostname: string; readonly port: number }) =>
    alone("SWITCHBOARD_HTTP_REDIRECT_PORT", at, () =>
      openHttpRedirect(at, () => Number(door.url.port || 443)),
    );
  const redirect =
    httpRedirectPort === undefined ? undefined : openRedirect({ hostname, port: httpRedirectPort });
  const stopWatching = watchCertificate(files, certificate, clock, {
    changed(newer) {
      door.exchange(newer);
      log.info(`TLS: new connections see the new certificate, valid until ${endOf(newer)}`);
      complainOfEnd(newer, clock, log);
    },
    failed(error) {
      log.error(error);
      log.error(`TLS: the files changed, but cannot be used: the certificate stays as it was`);
    },
  });
  return {
    url: door.url,
    async stop() {
      stopWatching();
      await Promise.all([door.stop(), redirect?.stop(false)]);
    },
    async end() {
      await Promise.all([door.end(), redirect?.stop(true)]);
    },
  };
}

/** @throws ConfigError where there is half of what TLS takes */
function filesOf({ tlsCert: cert, tlsKey: key, httpRedirectPort }: Asked): CertificateFiles | undefined {
  if (cert !== undefined && key !== undefined) return { cert, key };
  const [given, missing] = cert === undefined ? ["KEY", "CERT"] : ["CERT", "KEY"];
  if (cert !== undefined || key !== undefined)
    throw new ConfigError(`SWITCHBOARD_TLS_${missing}: is needed where SWITCHBOARD_TLS_${given} is given`);
  if (httpRedirectPort !== undefined)
    throw new ConfigError(
      "SWITCHBOARD_HTTP_REDIRECT_PORT: there is nothing to send anybody to without SWITCHBOARD_TLS_CERT and SWITCHBOARD_TLS_KEY",
    );
  return undefined;
}

function complainOfEnd(certificate: Certificate, clock: Clock, log: Log): void {
  const left = certificateEnd(certificate) - clock.now();
  if (left > soonMs) return;
  log.warn(`TLS: the certificate ${left > 0 ? "ends soon" : "has ended"}: ${endOf(certificate)}`);
}

function endOf(certificate: Certificate): string {
  return new Date(certificateEnd(certificate)).toISOString();
}
