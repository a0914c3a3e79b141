import { explainIssues, topicOfCrmId } from "@switchboard/protocol";
import { errors, jwtVerify, SignJWT } from "jose";
import * as z from "zod";
import type { Clock } from "../core/clock.ts";
import { Refusal } from "../core/errors.ts";
import { allows, type Grant, type Right, type Verb } from "../core/policy.ts";
import type { Once } from "../core/once.ts";
import type { Signer } from "../core/sessions.ts";
import { allowanceSchema, grantFrom, subjectSchema, type Allowance } from "./claims.ts";
import { UsedHere } from "./used-here.ts";

/** How long a ticket may be used where its maker does not say, and at most, in seconds. */
const ticketSeconds = 60;
const ticketSecondsMax = 3_600;
/** How long what a ticket opened lasts, unless it is refreshed or its maker's grant ends before, in ms. */
const openedMs = 3_600_000;
/** What a ticket's header calls it, so that none is taken for a token, or a token for one. */
const ticketType = "switchboard-ticket";

const verbs: readonly Verb[] = ["subscribe", "publish", "call", "register"];
const rights: readonly Right[] = ["read", "admin", "tickets"];

/** What `POST /api/v1/tickets` is asked. */
export const ticketSchema = allowanceSchema.extend({
  subject: subjectSchema.optional(),
  for: z.int().min(1).max(ticketSecondsMax).default(ticketSeconds),
  once: z.boolean().default(true),
});

const claimsSchema = allowanceSchema.extend({
  sub: subjectSchema.optional(),
  jti: z.string(),
  made: z.number(),
  once: z.boolean(),
  /** When its maker's grant ends. */
  ends: z.number().optional(),
});

/** Short-lived tokens that this server makes itself, for one use unless told. They never allow more than their maker may. */
export class Tickets {
  readonly #clock: Clock;
  readonly #signer: Signer;
  readonly #once: Once;

  /** @param once remembers which were used; without it only this process does */
  constructor(clock: Clock, signer: Signer, once: Once = new UsedHere(clock)) {
    this.#clock = clock;
    this.#signer = signer;
    this.#once = once;
  }

  /** @throws Refusal `forbidden` where the maker may not do itself what it asks for */
  async make(
    maker: Grant,
    asked: z.output<typeof ticketSchema>,
  ): Promise<{ readonly ticket: string; readonly expires: number }> {
    demandAll(maker, asked);
    const subject = ownOf("subject", maker, asked.subject);
    const role = ownOf("role", maker, asked.role);
    const now = this.#clock.now();
    const { crmIds, permissions, once } = asked;
    const ends = maker.expiresAt;
    const expires = Math.min(now + asked.for * 1_000, ends ?? Infinity);
    const jti = crypto.randomUUID();
    const claims = { role, crmIds, permissions, once, jti, made: now, ends };
    const token = new SignJWT(subject === undefined ? claims : { ...claims, sub: subject })
      .setProtectedHeader({ alg: "HS256", typ: ticketType })
      .setExpirationTime(Math.floor(expires / 1_000));
    return { ticket: await token.sign(this.#key), expires: Math.floor(expires / 1_000) * 1_000 };
  }

  /** Uses the ticket. @throws Refusal `unauthenticated` */
  async use(ticket: string): Promise<Grant> {
    const now = this.#clock.now();
    const options = { algorithms: ["HS256"], typ: ticketType, requiredClaims: ["exp"] };
    const { payload } = await jwtVerify(ticket, this.#key, { ...options, currentDate: new Date(now) }).catch(
      (cause: unknown) => {
        const why = cause instanceof errors.JWTExpired ? "has expired" : "is not valid";
        throw new Refusal("unauthenticated", `ticket: ${why}`, { cause });
      },
    );
    const read = claimsSchema.safeParse(payload);
    if (!read.success) throw new Refusal("unauthenticated", `ticket: ${explainIssues(read.error.issues)}`);
    const { sub, jti, made, once, ends, ...allowance } = read.data;
    if (once) await this.#once.useUp(jti, made, Number(payload.exp) * 1_000);
    return grantFrom(allowance, sub, Math.min(now + openedMs, ends ?? Infinity));
  }

  // Asked for each time: nodes that share it may have to fetch it first.
  get #key(): Uint8Array {
    return new TextEncoder().encode(this.#signer.sign(ticketType));
  }
}

/** Whether the text says of itself that it is a ticket, true or not. */
export function isTicket(token: string): boolean {
  const [header = ""] = token.split(".", 1);
  return Buffer.from(header, "base64url").toString().includes(`"${ticketType}"`);
}

/** @throws Refusal */
function demandAll(maker: Grant, { crmIds, permissions }: Allowance): void {
  const refuse = (field: string) => new Refusal("forbidden", `${field}: is more than this token or key may`);
  for (const crmId of crmIds) {
    const match = crmId === "*" ? "wildcard" : "exact";
    if (!allows(maker, "subscribe", topicOfCrmId(crmId), match)) throw refuse(`crmIds: ${crmId}`);
  }
  for (const verb of verbs)
    for (const pattern of permissions[verb] ?? [])
      if (!allows(maker, verb, pattern, "wildcard")) throw refuse(`permissions.${verb}: ${pattern}`);
  for (const right of rights)
    if (permissions[right] === true && !maker[right]) throw refuse(`permissions.${right}`);
}

/** Who is somebody makes tickets for itself only, and in its own role. @throws Refusal */
function ownOf(field: "subject" | "role", maker: Grant, asked: string | undefined): string | undefined {
  const isNobody = maker.subject === undefined && maker.role === undefined;
  if (isNobody || maker.admin || asked === maker[field]) return asked;
  if (asked === undefined) return maker[field];
  throw new Refusal("forbidden", `${field}: must be your own, or be left out`);
}
