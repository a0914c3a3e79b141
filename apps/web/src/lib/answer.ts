import { crmIdOfTopic } from "@switchboard/protocol";
import type { Published } from "@switchboard/sdk";

/** What became of one message on one line, in words. */
export interface AnswerLine {
  readonly crmId: string;
  readonly heard: boolean;
  readonly text: string;
}

/** Says for each line who got it; `keptFor`: how long an event waits there for whoever comes later, in words. */
export function answerLines({ results }: Published, keptFor: string | undefined): AnswerLine[] {
  return results.map(({ topic, offset, receivers }) => {
    const crmId = crmIdOfTopic(topic) ?? topic;
    const on = results.length > 1 ? ` on ${crmId}` : "";
    if (receivers === undefined) return { crmId, heard: true, text: `Sent${on} · offset ${offset}` };
    if (receivers > 0)
      return { crmId, heard: true, text: `Delivered to ${receivers}${on} · offset ${offset}` };
    const kept = keptFor === undefined ? "" : ` It is kept for ${keptFor}.`;
    return { crmId, heard: false, text: `Nobody is listening on ${crmId}.${kept}` };
  });
}
