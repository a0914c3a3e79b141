import { crmIdOfTopic } from "@switchboard/protocol";
import type { Published, Receipt } from "@switchboard/sdk";

import { duration } from "./times.ts";

/** What became of one message on one line, in words. */
export interface AnswerLine {
  readonly crmId: string;
  readonly heard: boolean;
  readonly text: string;
}

/** The receipt of a message, and how long it took from the sending. */
export interface Acknowledged extends Receipt {
  readonly tookMs: number;
}

/** What is known of a message besides the server's first answer. */
export interface AnswerFacts {
  /** By topic: how long an event waits there for whoever comes later, in words; missing where it does not. */
  readonly keptFor: ReadonlyMap<string, string>;
  readonly acknowledged?: Acknowledged | undefined;
}

/** Says for each line who got it, and how many of them have acknowledged it. */
export function answerLines({ results }: Published, { keptFor, acknowledged }: AnswerFacts): AnswerLine[] {
  const several = results.length > 1;
  const lines = results.map(({ topic, offset, receivers }) => {
    const crmId = crmIdOfTopic(topic) ?? topic;
    const on = several ? ` on ${crmId}` : "";
    if (receivers === undefined) return { crmId, heard: true, text: `Sent${on} · offset ${offset}` };
    if (receivers > 0) {
      const by = several || !acknowledged ? "" : `, ${acknowledgedWords(acknowledged)}`;
      return { crmId, heard: true, text: `Delivered to ${receivers}${on}${by} · offset ${offset}` };
    }
    const kept = keptFor.get(topic);
    const waits = kept === undefined ? "" : ` It is kept for ${kept}.`;
    return { crmId, heard: false, text: `Nobody is listening on ${crmId}.${waits}` };
  });
  if (!several || !acknowledged) return lines;
  const words = acknowledgedWords(acknowledged);
  return [...lines, { crmId: "", heard: true, text: words[0]?.toUpperCase() + words.slice(1) }];
}

/** All that became of it in one line, for the history. */
export function answerSummary(published: Published, facts: AnswerFacts): string {
  const { results } = published;
  const [only] = answerLines(published, facts);
  if (results.length === 1 && only) return only.text;
  const receivers = results.reduce((sum, result) => sum + (result.receivers ?? 0), 0);
  const by = facts.acknowledged ? `, ${acknowledgedWords(facts.acknowledged)}` : "";
  return `Delivered to ${receivers} on ${results.length} lines${by}`;
}

function acknowledgedWords({ acked, receivers, tookMs }: Acknowledged): string {
  const all = acked >= receivers;
  return `acknowledged by ${acked}${all ? "" : ` of ${receivers}`} ${all ? "in" : "within"} ${duration(tookMs)}`;
}
