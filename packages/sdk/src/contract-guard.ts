import {
  check,
  checkAgainst,
  type Checked,
  type Contract,
  type ContractCheck,
  type ContractProcedure,
  defaultName,
  type DownFrameOf,
  fillPattern,
  type StandardSchema,
  topicOfCrmId,
} from "@switchboard/protocol";
import type { Publication } from "./publication.ts";
import { SwitchboardError } from "./switchboard-error.ts";

/** What is held against the contract: what is sent, too, or only what is received. */
export type Validation = "always" | "received";

/** The contract that a client or a publisher holds to. */
export interface ContractOptions<C extends Contract> {
  readonly contract: C;
  /** `always` by default, and `received` where NODE_ENV is `production`. */
  readonly validate?: Validation | undefined;
}

/**
 * Holds this end to a contract. What breaks it is a SwitchboardError `invalid_payload`, whose message names the field. The schemas of events
 * and of progress must answer at once, since others come after them; those of calls may take their time.
 */
export class ContractGuard {
  readonly #contract: Contract;
  readonly #check: ContractCheck;
  readonly #checksAll: boolean;
  readonly #report: (error: unknown) => void;

  /** @param report hears what breaks the contract where nobody waits for it */
  constructor({ contract, validate }: ContractOptions<Contract>, report: (error: unknown) => void) {
    this.#contract = contract;
    this.#check = checkAgainst(contract);
    this.#checksAll = (validate ?? (isProduction() ? "received" : "always")) === "always";
    this.#report = report;
  }

  /** The topic that a pattern means with these parameters. @throws SwitchboardError invalid_argument */
  topic(pattern: string, params: Readonly<Record<string, string>> | undefined): string {
    if (!Object.hasOwn(this.#contract.topics, pattern)) throw unknown("topic", pattern);
    return filled(pattern, params);
  }

  /** The procedure of this name, and its name with these parameters. @throws SwitchboardError invalid_argument */
  procedure(
    name: string,
    params: Readonly<Record<string, string>> | undefined,
  ): { readonly procedure: string; readonly declared: ContractProcedure } {
    const declared = Object.hasOwn(this.#contract.procedures, name)
      ? this.#contract.procedures[name]
      : undefined;
    if (declared === undefined) throw unknown("procedure", name);
    return { procedure: filled(name, params), declared };
  }

  /** The event as its schema gives it; undefined, and reported, where it breaks the contract. */
  admit(frame: DownFrameOf<"event">): DownFrameOf<"event"> | undefined {
    const { topic, name, data } = frame;
    try {
      return { ...frame, data: valueOf(atOnce(this.#check.event(topic, name, data)), `${topic} ${name}: `) };
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  /** Hands on a part of an answer as its schema gives it, and gives back what comes of that; one that breaks the contract is reported. */
  part(schema: StandardSchema | undefined, part: unknown, take: (part: unknown) => unknown): unknown {
    try {
      return take(valueOf(atOnce(check(schema, part, "progress"))));
    } catch (error) {
      return this.#report(error);
    }
  }

  /** Sends a part of an answer as it is; one that breaks the contract is reported. */
  sentPart(schema: StandardSchema | undefined, part: unknown, send: (part: unknown) => void): void {
    if (this.#checksAll) this.part(schema, part, () => send(part));
    else send(part);
  }

  /** Throws where the contract does not allow the publication. At once, where the schemas answer at once. */
  publication(publication: Publication): void | Promise<void> {
    if (!this.#checksAll) return undefined;
    const { name = defaultName, data } = publication;
    const topics = "topic" in publication ? [publication.topic] : publication.crmIds.map(topicOfCrmId);
    const checks = topics.map((topic) => this.#check.event(topic, name, data));
    throwIfBroken(checks.flatMap((one) => (one instanceof Promise ? [] : one)));
    const slow = checks.filter((one) => one instanceof Promise);
    return slow.length === 0 ? undefined : Promise.all(slow).then(throwIfBroken);
  }

  /** Throws where what is about to be sent breaks its schema. */
  async sent(schema: StandardSchema | undefined, value: unknown, field: string): Promise<void> {
    if (this.#checksAll) await this.received(schema, value, field);
  }

  /** What the schema makes of what was received. */
  async received(schema: StandardSchema | undefined, value: unknown, field: string): Promise<unknown> {
    return valueOf(await check(schema, value, field));
  }
}

function valueOf(checked: Checked, where = ""): unknown {
  if ("value" in checked) return checked.value;
  const { message, details } = checked.breach;
  throw new SwitchboardError("invalid_payload", where + message, { details });
}

function throwIfBroken(all: readonly Checked[]): void {
  for (const one of all) valueOf(one);
}

function atOnce(checked: Checked | Promise<Checked>): Checked {
  if (!(checked instanceof Promise)) return checked;
  throw new SwitchboardError("internal", "the schemas of events and of progress must answer at once");
}

function unknown(kind: string, name: string): SwitchboardError {
  return new SwitchboardError("invalid_argument", `${kind}: the contract has no ${name}`);
}

function filled(pattern: string, params: Readonly<Record<string, string>> = {}): string {
  try {
    return fillPattern(pattern, params);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SwitchboardError("invalid_argument", cause.message, { cause });
  }
}

// Bundlers put a text in its place; where there is neither, this is no production server.
declare const process: { readonly env: { readonly NODE_ENV?: string } };

function isProduction(): boolean {
  try {
    return process.env.NODE_ENV === "production";
  } catch {
    return false;
  }
}
