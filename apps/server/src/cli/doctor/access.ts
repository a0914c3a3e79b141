import { asksWhoConnects } from "../../settings.ts";
import { isLoopback } from "../../transport/loopback.ts";
import { advice, open, type Check } from "./finding.ts";

/** Whether somebody asks who connects, where others can. */
export const checkAccess: Check = ({ settings }) => {
  const { host, insecure } = settings;
  const asks = asksWhoConnects(settings);
  const remedy =
    "set SWITCHBOARD_API_KEYS or SWITCHBOARD_JWT_SECRET (or a public key, a JWKS or SWITCHBOARD_AUTH_URL), or listen on 127.0.0.1";
  if (insecure)
    return [
      asks || isLoopback(host)
        ? open(
            "SWITCHBOARD_INSECURE=1 is set, and not needed: it would open the door if HOST or the keys change",
            "take it away",
          )
        : open(`SWITCHBOARD_INSECURE=1: whoever reaches ${host} may read and send everything`, remedy),
    ];
  if (asks) return [];
  if (!isLoopback(host))
    return [open(`HOST=${host} can be reached from other machines, and nothing asks who they are`, remedy)];
  return [
    advice(
      "nothing asks who connects: every program of this machine may read and send everything, and so may all whom a proxy passes on",
      "before you put a proxy in front, set SWITCHBOARD_API_KEYS or SWITCHBOARD_JWT_SECRET",
    ),
  ];
};

/** Whether the figures are for everybody. */
export const checkMetrics: Check = ({ settings: { host, metricsOpen } }) =>
  !metricsOpen || isLoopback(host)
    ? []
    : [
        open(
          `SWITCHBOARD_METRICS_OPEN=1: whoever reaches ${host} reads /metrics`,
          "take it away, and give the scraper a key with read",
        ),
      ];

/** Whether a token is given for the asking. */
export const checkDevLogin: Check = ({ settings: { devLogin, host } }) => {
  if (!devLogin) return [];
  const what =
    "SWITCHBOARD_DEV_LOGIN=1 gives a token that allows everything to every program of this machine";
  const remedy = "take it away where it is not for development";
  return [isLoopback(host) ? advice(what, remedy) : open(`${what}, and beyond: HOST=${host}`, remedy)];
};

/** Whose pages may connect. */
export const checkOrigins: Check = ({ settings: { allowedOrigins } }) =>
  allowedOrigins.flatMap((origin) => {
    if (origin === "*")
      return [
        open(
          "SWITCHBOARD_ALLOWED_ORIGINS has *: any page that somebody opens in a browser may connect from there",
          "list the origins of your own pages, such as https://crm.example.com",
        ),
      ];
    const { protocol, hostname } = new URL(origin);
    if (protocol !== "http:" || isLoopback(hostname)) return [];
    return [
      open(
        `SWITCHBOARD_ALLOWED_ORIGINS: ${origin} comes without TLS: who is on its way can write its pages`,
        "serve those pages over https, and list that",
      ),
    ];
  });
