import { createHash } from "node:crypto";
import { explainIssues } from "@switchboard/protocol";
import * as z from "zod";
import type { Clock } from "../core/clock.ts";
import { Refusal } from "../core/errors.ts";
import type { Grant } from "../core/policy.ts";
import { allowanceSchema, grantFrom, subjectSchema } from "./claims.ts";

/** How long an answer holds for the same question, in ms; and a refusal, since whoever is refused may log in. */
const answerMs = 10_000;
const refusalMs = 1_000;
/** How long what is allowed lasts where the application does not say, in ms. */
const allowedMs = 3_600_000;
/** How many answers are kept; beyond it the oldest are asked for again. */
const answersMax = 4_000;
/** How many questions wait for their answer; beyond it clients are told to come back. */
const askingMax = 1_000;
/** How long an answer may be. */
const answerBytesMax = 1024 * 1024;
/** How much of a refusal's message the client is told. */
const messageCharsMax = 200;

const answerSchema = allowanceSchema.extend({
  sub: z.union([subjectSchema, z.int().transform(String)]).optional(),
  exp: z.number().optional(),
});
const refusalSchema = z.object({ message: z.string().min(1) });

/** What the application is asked: who came with this handshake? */
export interface Question {
  readonly url: string;
  /** What the client sent, but what belongs to its connection alone. */
  readonly headers: Readonly<Record<string, string>>;
  readonly address: string;
  readonly crmIds: readonly string[];
}

/** Where and how the application is asked. */
export interface WebhookOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Hears why the application could not be asked. */
  readonly report: (error: unknown) => void;
}

interface Answer {
  until: number;
  readonly grant: Promise<Grant>;
}

/** Sent as they came, so that to the application it is as if the client had asked: its session is found by its cookie. */
const passedOn = ["cookie", "authorization", "origin", "user-agent", "accept-language"];

/** Asks the application who connects. The same question within 10 seconds is asked once. */
export class Webhook {
  readonly #options: WebhookOptions;
  readonly #answers = new Map<string, Answer>();
  #asking = 0;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** @throws Refusal `unauthenticated`, `forbidden` as the application says; `unavailable` where it does not answer, or not rightly */
  ask(question: Question): Promise<Grant> {
    const body = JSON.stringify(question);
    // By its hash: what is kept must not hold the cookies of others.
    const key = createHash("sha256").update(body).digest("base64");
    const known = this.#answers.get(key);
    if (known !== undefined && known.until > this.#options.clock.now()) return known.grant;
    if (this.#asking >= askingMax)
      return Promise.reject(unavailable("too many wait for the application to say who they are"));
    const answer: Answer = { until: Infinity, grant: this.#answered(question, body) };
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    this.#forgetOld();
    this.#keep(answer);
    return answer.grant;
  }

  /** Decides how long the answer holds, once it has come. */
  #keep(answer: Answer): void {
    const { clock } = this.#options;
    answer.grant.then(
      ({ expiresAt = Infinity }) => (answer.until = Math.min(clock.now() + answerMs, expiresAt)),
      ({ code }: Refusal) => (answer.until = code === "unavailable" ? 0 : clock.now() + refusalMs),
    );
  }

  async #answered(question: Question, body: string): Promise<Grant> {
    this.#asking += 1;
    try {
      return await this.#post(question, body);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const why = (error as Error).message;
      this.#options.report(new Error(`SWITCHBOARD_AUTH_URL: ${why}`, { cause: error }));
      throw unavailable("the application cannot be asked who you are");
    } finally {
      this.#asking -= 1;
    }
  }

  async #post({ headers, address }: Question, body: string): Promise<Grant> {
    const { url, timeoutMs, clock } = this.#options;
    const own = {
      "Content-Type": "application/json",
      Accept: "application/json",
      "X-Forwarded-For": address,
    };
    const theirs = passedOn.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]));
    const response = await fetch(url, {
      method: "POST",
      headers: { ...(Object.fromEntries(theirs) as Record<string, string>), ...own },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await textWithin(response, answerBytesMax);
    const { status } = response;
    if (status === 401 || status === 403) throw refusalOf(status, text);
    if (status !== 200) throw new Error(`it answered ${status}, which is none of 200, 401 and 403`);
    return grantOf(text, clock.now());
  }

  #forgetOld(): void {
    const now = this.#options.clock.now();
    for (const [key, { until }] of this.#answers) {
      if (until > now && this.#answers.size <= answersMax) return;
      this.#answers.delete(key);
    }
  }
}

async function textWithin(response: Response, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder();
  let [bytes, text] = [0, ""];
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error(`it answered with more than ${bytesMax} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function refusalOf(status: 401 | 403, text: string): Refusal {
  const read = refusalSchema.safeParse(jsonIn(text));
  const message = read.success
    ? read.data.message.slice(0, messageCharsMax)
    : "the application does not let you in";
  return new Refusal(status === 401 ? "unauthenticated" : "forbidden", message);
}

/** @throws Error where it is no answer */
function grantOf(text: string, now: number): Grant {
  const read = answerSchema.safeParse(jsonIn(text));
  if (!read.success) throw new Error(`its answer is not right: ${explainIssues(read.error.issues)}`);
  const { sub, exp, ...allowance } = read.data;
  const expiresAt = exp === undefined ? now + allowedMs : exp * 1_000;
  if (expiresAt <= now) throw new Error("its answer is not right: exp: has passed (it is in seconds)");
  return grantFrom(allowance, sub, expiresAt);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unavailable(why: string): Refusal {
  return new Refusal("unavailable", `${why}; try again later`, { retryAfterMs: 1_000 });
}
