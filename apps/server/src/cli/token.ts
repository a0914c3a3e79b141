import { isCrmId, isTopic, topicBytesMax, wildcardFault } from "@switchboard/protocol";
import { parseArgs } from "node:util";
import { subjectSchema, type Allowance } from "../auth/claims.ts";
import { signToken } from "../auth/sign-token.ts";
import { givenTexts } from "../config.ts";

const secretName = "SWITCHBOARD_JWT_SECRET";
const secretCharsMin = 32;
const unitSeconds = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const secondsMax = 366 * unitSeconds.d;
const verbs = ["subscribe", "publish", "call", "register"] as const;

const options = {
  sub: { type: "string" },
  "crm-ids": { type: "string" },
  for: { type: "string", default: "1h" },
  subscribe: { type: "string", multiple: true },
  publish: { type: "string", multiple: true },
  call: { type: "string", multiple: true },
  register: { type: "string", multiple: true },
  read: { type: "boolean" },
  admin: { type: "boolean" },
  tickets: { type: "boolean" },
  "jwt-secret": { type: "string" },
} as const;

type Flags = ReturnType<typeof parse>;

/** `token --sub anna --crm-ids 42,43 --for 1h`: prints a token that a server with the same secret takes. @throws Error that names the flag */
export async function token(args: readonly string[]): Promise<void> {
  const flags = parse(args);
  const allowance = allowanceOf(flags);
  const subject = subjectOf(flags.sub);
  const expiresAt = Math.floor(Date.now() / 1_000) + secondsOf(flags.for);
  const secret = secretOf(flags["jwt-secret"]);
  if (isNothing(allowance))
    console.error("note: this token allows nothing; --crm-ids 42 lets its bearer follow 42");
  console.log(await signToken({ subject, expiresAt, ...allowance }, secret));
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message.split("\n")[0]}; see switchboard --help`, { cause: error });
  }
}

function subjectOf(given: string | undefined): string | undefined {
  if (given === undefined || subjectSchema.safeParse(given).success) return given;
  throw new Error("--sub: must have 1 to 256 characters");
}

function allowanceOf(flags: Flags): Allowance {
  const crmIds = partsOf(flags["crm-ids"] ?? "");
  for (const crmId of crmIds)
    if (crmId !== "*" && !isCrmId(crmId))
      throw new Error(`--crm-ids: ${JSON.stringify(crmId)}: must be 1–64 of A–Z a–z 0–9 _ -, or * for all`);
  const patterns = verbs.map((verb) => [verb, patternsOf(`--${verb}`, flags[verb])] as const);
  const { read, admin, tickets } = flags;
  return { crmIds, permissions: { ...Object.fromEntries(patterns), read, admin, tickets } };
}

/** Patterns may be given one by one, or joined by commas. */
function patternsOf(flag: string, given: readonly string[] | undefined): string[] | undefined {
  const patterns = given?.flatMap(partsOf);
  for (const pattern of patterns ?? []) {
    const fault = isTopic(pattern)
      ? wildcardFault(pattern)
      : `must be 1–${topicBytesMax} bytes without white space or control characters`;
    if (fault !== undefined) throw new Error(`${flag}: ${JSON.stringify(pattern)}: ${fault}`);
  }
  return patterns;
}

function secondsOf(text: string): number {
  const [, count = "", unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * unitSeconds[unit as keyof typeof unitSeconds];
  if (seconds > 0 && seconds <= secondsMax) return seconds;
  throw new Error(
    `--for: must be a time from 1s to 366d, such as 90s, 15m, 1h or 7d (given: ${JSON.stringify(text)})`,
  );
}

function secretOf(flag: string | undefined): string {
  const given = givenTexts(process.env, []);
  const secret = flag ?? given(secretName);
  if (secret !== undefined && secret.length >= secretCharsMin) return secret;
  if (secret !== undefined)
    throw new Error(`${secretName}: must have ${secretCharsMin} characters or more, as the server asks for`);
  const signsElsewhere =
    given("SWITCHBOARD_JWT_PUBLIC_KEY") !== undefined || given("SWITCHBOARD_JWKS_URL") !== undefined;
  throw new Error(
    signsElsewhere
      ? `${secretName}: is not set. This server only has public keys: whoever has the private one signs its tokens`
      : `${secretName}: is not set. Give the server and this command the same secret, such as $(openssl rand -hex 32)`,
  );
}

function isNothing({ crmIds, permissions }: Allowance): boolean {
  return crmIds.length === 0 && Object.values(permissions).every((value) => value === undefined);
}

function partsOf(list: string): string[] {
  return list
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
