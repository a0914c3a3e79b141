import { certificateEnd, readCertificate } from "../../transport/certificate.ts";
import { isLoopback } from "../../transport/loopback.ts";
import { advice, open, type Check } from "./finding.ts";

/** How long before its end a certificate should have been replaced, in ms. */
const soonMs = 21 * 24 * 60 * 60_000;

/** Whether what travels can be read on the way. */
export const checkWire: Check = ({ settings: { host, tlsCert, trustedProxies } }) => {
  if (isLoopback(host) || tlsCert !== undefined) return [];
  if (trustedProxies.length > 0)
    return [
      advice(
        `HOST=${host} is served without TLS: who reaches it past the proxy can be listened to`,
        "see that the proxy alone reaches it, and that it has TLS",
      ),
    ];
  return [
    open(
      `HOST=${host} is served without TLS: tokens and messages can be read on the way`,
      "set SWITCHBOARD_TLS_CERT and SWITCHBOARD_TLS_KEY; or listen on 127.0.0.1, behind a proxy that has TLS",
    ),
  ];
};

/** Whether whoever decides on others is reached over a way where nobody can speak in its place, or listen. */
export const checkAuthorities: Check = ({ settings: { jwksUrl, authUrl } }) => [
  ...(isSafeWay(jwksUrl)
    ? []
    : [
        open(
          "SWITCHBOARD_JWKS_URL is fetched without TLS: who is on the way can put keys of their own there",
          "use https",
        ),
      ]),
  ...(isSafeWay(authUrl)
    ? []
    : [
        open(
          "SWITCHBOARD_AUTH_URL is asked without TLS: who is on the way can read cookies, and answer in its place",
          "use https, or an address of this machine",
        ),
      ]),
];

/** Whether the certificate can be used, and for how long. */
export const checkCertificate: Check = async ({ settings: { tlsCert: cert, tlsKey: key }, now }) => {
  if (cert === undefined || key === undefined) return [];
  try {
    const end = certificateEnd(await readCertificate({ cert, key }));
    const day = new Date(end).toISOString().slice(0, 10);
    if (end <= now) return [open(`SWITCHBOARD_TLS_CERT: ${cert} ended on ${day}`, "renew it")];
    if (end - now > soonMs) return [];
    return [
      advice(
        `SWITCHBOARD_TLS_CERT: ${cert} ends on ${day}`,
        "see why it was not renewed, such as certbot renew",
      ),
    ];
  } catch (error) {
    return [
      open((error as Error).message, "give the files of one pair; without it the server does not start"),
    ];
  }
};

function isSafeWay(url: string | undefined): boolean {
  return url === undefined || url.startsWith("https:") || isLoopback(new URL(url).hostname);
}
