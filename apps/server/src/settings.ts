import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import * as z from "zod";
import { readWampcraUsers } from "./auth/wampcra-users.ts";
import { parseApiKeys } from "./auth/api-keys.ts";
import { parseNetworks } from "./core/address.ts";
import type { Limits } from "./core/limits.ts";
import { parseAddresses } from "./engines/nats/addresses.ts";
import { parsePusherApps } from "./dialects/pusher/app.ts";
import { parseRetention } from "./engines/retention.ts";
import { httpUrl, integer, list, optionalText, origin, pattern, readWith } from "./setting-schemas.ts";

/** One setting: its environment variable, what is right, and what it means. */
export const setting = <Schema extends z.ZodType>(env: string, schema: Schema, meaning: string) => ({
  env,
  schema,
  meaning,
});

/** Every setting: its environment variable, what is right, and what it means. A flag of the same name beats the variable. */
export const settingTable = {
  host: setting("HOST", z.string().min(1).default("127.0.0.1"), "where it listens"),
  port: setting("PORT", integer(0, 65_535).default(8080), "where it listens; 0 lets the system choose"),
  dataDir: setting(
    "SWITCHBOARD_DATA_DIR",
    z.string().min(1).default("data"),
    "where the store lies; :memory: keeps nothing",
  ),
  history: setting(
    "SWITCHBOARD_HISTORY",
    z.string().default("crm.*=1000/24h").transform(readWith(parseRetention)),
    "which topics keep history: pattern=events/age, comma-separated, first match holds",
  ),
  engine: setting(
    "SWITCHBOARD_ENGINE",
    z.enum(["local", "nats"]).default("local"),
    "what joins the nodes: nothing (local: there is one), or nats",
  ),
  natsUrl: setting(
    "SWITCHBOARD_NATS_URL",
    z.string().default("nats://127.0.0.1:4222").transform(readWith(parseAddresses)),
    "NATS servers, comma-separated; nats://user:password@host or nats://token@host to log in, tls:// for TLS",
  ),
  natsCreds: setting("SWITCHBOARD_NATS_CREDS", optionalText(1), "a .creds file to log in at NATS with"),
  natsCa: setting(
    "SWITCHBOARD_NATS_CA",
    optionalText(1),
    "whose certificates are believed of NATS servers instead of the usual: a PEM file",
  ),
  natsCert: setting(
    "SWITCHBOARD_NATS_CERT",
    optionalText(1),
    "a certificate for NATS servers that ask for one: a PEM file; with SWITCHBOARD_NATS_KEY",
  ),
  natsKey: setting("SWITCHBOARD_NATS_KEY", optionalText(1), "that certificate's key: a PEM file"),
  natsReplicas: setting(
    "SWITCHBOARD_NATS_REPLICAS",
    integer(1, 5).optional(),
    "on how many NATS servers an event is stored; where it is not said, 3 in a cluster of them, else 1",
  ),
  natsAllowOld: setting(
    "SWITCHBOARD_NATS_ALLOW_OLD",
    z.stringbool().default(false),
    "1 takes a cluster of NATS servers before 2.12, which may lose what was acknowledged",
  ),
  wampRealm: setting(
    "SWITCHBOARD_WAMP_REALM",
    z.string().min(1).optional(),
    "the one realm that WAMP v2 clients may join; any where it is not set",
  ),
  allowedOrigins: setting(
    "SWITCHBOARD_ALLOWED_ORIGINS",
    list.pipe(z.array(origin)).default([]),
    "whose pages may connect besides the server's own, comma-separated; * for all",
  ),
  heartbeatMs: setting(
    "SWITCHBOARD_HEARTBEAT_MS",
    integer(100, 600_000).default(25_000),
    "how long a client may be silent before it is asked for a sign of life",
  ),
  drainMs: setting(
    "SWITCHBOARD_DRAIN_MS",
    integer(0, 600_000).default(5_000),
    "over how long sessions are ended when the server is told to stop",
  ),
  presenceGraceMs: setting(
    "SWITCHBOARD_PRESENCE_GRACE_MS",
    integer(0, 600_000).default(5_000),
    "how long somebody may be away from a topic before others are told",
  ),
  apiKeys: setting(
    "SWITCHBOARD_API_KEYS",
    z.string().default("").transform(readWith(parseApiKeys)),
    "keys for back ends: key or key=permission+permission, comma-separated; sha256:<hex> for a hashed one",
  ),
  jwtSecret: setting(
    "SWITCHBOARD_JWT_SECRET",
    optionalText(32),
    "verifies tokens (HS256); 32 characters or more",
  ),
  jwtPublicKey: setting(
    "SWITCHBOARD_JWT_PUBLIC_KEY",
    z.string().default("").transform(readWith(readPublicKey)),
    "verifies tokens (RS256, ES256, EdDSA): a PEM file",
  ),
  jwksUrl: setting(
    "SWITCHBOARD_JWKS_URL",
    httpUrl.optional(),
    "where the keys that verify tokens are fetched",
  ),
  tlsCert: setting(
    "SWITCHBOARD_TLS_CERT",
    optionalText(1),
    "serves https and wss: a PEM file, the certificate and those above it; read again when it changes",
  ),
  tlsKey: setting("SWITCHBOARD_TLS_KEY", optionalText(1), "the certificate's key: a PEM file"),
  httpRedirectPort: setting(
    "SWITCHBOARD_HTTP_REDIRECT_PORT",
    integer(0, 65_535).optional(),
    "under TLS: where http is answered, with the way to https",
  ),
  wamp1Curie: setting(
    "SWITCHBOARD_WAMP1_CURIE",
    z.enum(["spec", "ratchet", "auto"]).default("spec"),
    "how a WAMP v1 client's prefix:rest is joined: as its specification has it, with a # as Ratchet does, or auto: a # where the prefix ends in no separator",
  ),
  pusherApps: setting(
    "SWITCHBOARD_PUSHER_APPS",
    z.string().default("").transform(readWith(parsePusherApps)),
    "applications of the Pusher protocol (Laravel, Echo): id:key:secret, comma-separated",
  ),
  pusherPublic: setting(
    "SWITCHBOARD_PUSHER_PUBLIC",
    list.pipe(z.array(pattern)).optional(),
    "topics that Pusher's public channels may lead to: patterns, comma-separated. Where it is not said: all, but none where tokens or keys are asked for; crm.* never",
  ),
  pagesUrl: setting(
    "SWITCHBOARD_PAGES_URL",
    httpUrl.optional(),
    "where the pages are served instead, while they are worked on: who asks for them here is sent there",
  ),
  devLogin: setting(
    "SWITCHBOARD_DEV_LOGIN",
    z.stringbool().default(false),
    "1 gives the pages a token for the asking, on loopback alone: for development",
  ),
  authUrl: setting(
    "SWITCHBOARD_AUTH_URL",
    httpUrl.optional(),
    "asks the application who connects: it is posted the handshake's headers and cookies",
  ),
  authTimeoutMs: setting(
    "SWITCHBOARD_AUTH_TIMEOUT_MS",
    integer(1, 60_000).default(3_000),
    "how long the application may take to say who connects",
  ),
  trustedProxies: setting(
    "SWITCHBOARD_TRUSTED_PROXIES",
    z.string().default("").transform(readWith(parseNetworks)),
    "whose word on the client's address is taken: addresses and networks (10.0.0.0/8), comma-separated",
  ),
  proxyHeader: setting(
    "SWITCHBOARD_PROXY_HEADER",
    z.enum(["x-forwarded-for", "forwarded", "x-real-ip"]).default("x-forwarded-for"),
    "the header in which trusted proxies tell it; no other is read",
  ),
  pusherWebhooks: setting(
    "SWITCHBOARD_PUSHER_WEBHOOKS",
    list.pipe(z.array(httpUrl)).default([]),
    "where the back ends of Pusher's applications are told of channels, members and connections: addresses, comma-separated",
  ),
  insecure: setting(
    "SWITCHBOARD_INSECURE",
    z.stringbool().default(false),
    "1 listens beyond loopback without auth",
  ),
  wampcraUsers: setting(
    "SWITCHBOARD_WAMPCRA_USERS",
    z.string().default("").transform(readWith(readWampcraUsers)),
    "users of WAMP-CRA: a JSON file, by authid: secret (and salt), role, crmIds, permissions",
  ),
  metricsOpen: setting(
    "SWITCHBOARD_METRICS_OPEN",
    z.stringbool().default(false),
    "1 answers /metrics without a key or token",
  ),
  log: setting(
    "SWITCHBOARD_LOG",
    z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
    "the least level that is logged",
  ),
};

/** Settings whose values are never shown. */
export const secrets = new Set([
  "SWITCHBOARD_API_KEYS",
  "SWITCHBOARD_JWT_SECRET",
  "SWITCHBOARD_NATS_URL",
  "SWITCHBOARD_PUSHER_APPS",
]);

/** Variables of the commands `publish` and `listen`, which may be set where the server starts, too. */
export const clientVariables: readonly string[] = ["SWITCHBOARD_URL", "SWITCHBOARD_TOKEN"];

type SettingTable = typeof settingTable;
type SettingName = keyof SettingTable;

/** Every setting, as the server uses it. */
export type Settings = { readonly [Name in SettingName]: z.output<SettingTable[Name]["schema"]> } & {
  readonly limits: Limits;
};

/** Whether anything asks who connects. */
export function asksWhoConnects(settings: Settings): boolean {
  const { apiKeys, jwtSecret, jwtPublicKey, jwksUrl, authUrl, wampcraUsers } = settings;
  return (
    apiKeys.length > 0 || (jwtSecret ?? jwtPublicKey ?? jwksUrl ?? authUrl ?? wampcraUsers) !== undefined
  );
}

function readPublicKey(path: string): string | undefined {
  if (path === "") return undefined;
  const pem = readFileSync(path, "utf8");
  createPublicKey(pem);
  return pem;
}
