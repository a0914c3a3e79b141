import type { PublishResult } from "@switchboard/protocol";
import { dataText } from "./data-text.ts";
import { SwitchboardError } from "./switchboard-error.ts";

/** What to publish, and where: to a topic, or to CRM records. */
export type Publication = ({ readonly topic: string } | { readonly crmIds: readonly string[] }) & {
  /** Any JSON value; `jsonText(…)` sends text unchanged. */
  readonly data: unknown;
  /** What kind of event it is, `deal.updated`; `message` where none is given. */
  readonly name?: string;
} & PublishOptions;

/** What a publish may say besides what is published, and where. */
export interface PublishOptions {
  /** Sessions that shall not hear it. */
  readonly exclude?: readonly string[];
  /** If given, only these sessions hear it. */
  readonly eligible?: readonly string[];
  /** If given, only those hear it who follow one of these records. */
  readonly onlyCrmIds?: readonly string[];
  /** Whether the publisher hears it too; not by default. */
  readonly echo?: boolean;
  /** Idempotency key: publishing again with it within 2 minutes changes nothing, and gets the first answer. */
  readonly key?: string;
  /** How many ms to wait for acknowledgements: see `Published.receipt`. */
  readonly receipt?: number;
}

/** How many of those who were sent the event have acknowledged it in time. */
export interface Receipt {
  readonly acked: number;
  readonly receivers: number;
}

/** The server has accepted the event, and stored it where the topic keeps history. */
export interface Published {
  readonly publication: string;
  /** What became of it, topic by topic. */
  readonly results: readonly PublishResult[];
  /** Where the publication asked for a receipt: resolves once all have acknowledged, or the time is over. */
  readonly receipt?: Promise<Receipt>;
}

const members = [
  "topic",
  "crmIds",
  "name",
  "exclude",
  "eligible",
  "onlyCrmIds",
  "echo",
  "key",
  "receipt",
] as const;

/**
 * The publication's members as JSON text without the braces, `data` last.
 * @throws SwitchboardError invalid_argument where the data is nothing that JSON can say.
 */
export function publicationMembers(publication: Publication): string {
  const given: Partial<Record<(typeof members)[number], unknown>> = publication;
  let text = "";
  for (const member of members)
    if (given[member] !== undefined) text += `"${member}":${JSON.stringify(given[member])},`;
  return `${text}"data":${requiredText(publication.data)}`;
}

function requiredText(data: unknown): string {
  const text = dataText(data);
  if (text === undefined)
    throw new SwitchboardError("invalid_argument", "data: is missing; any JSON value is right, null too");
  return text;
}
