import { defaultName, isReserved, topicOfCrmId, type PublishBody } from "@switchboard/protocol";
import { Refusal } from "./errors.ts";
import type { Audience, Draft } from "./event.ts";
import type { PublishChange } from "./hooks.ts";

/** A publish, ready for the broker. */
export interface Publication {
  readonly topics: readonly string[];
  readonly draft: Draft;
}

/**
 * Reads a publish as it came through some door.
 * @param data the payload's JSON text, as it was sent
 * @param publisher the session that does not hear its own publish, unless it asked for an echo
 * @throws Refusal `forbidden` for a topic that is the server's own
 */
export function publicationOf(body: PublishBody, data: string, id: string, publisher?: string): Publication {
  const topics =
    body.crmIds === undefined ? [body.topic as string] : [...new Set(body.crmIds)].map(topicOfCrmId);
  const reserved = topics.find(isReserved);
  if (reserved !== undefined) throw new Refusal("forbidden", `topic: ${reserved} is the server's own`);
  const silent = publisher !== undefined && body.echo !== true;
  const audience = audienceOf(body, silent ? publisher : undefined);
  return {
    topics,
    draft: {
      publication: id,
      name: body.name ?? defaultName,
      data,
      audience,
      key: body.key,
      ...(body.count === true && { counted: true }),
    },
  };
}

function audienceOf(body: Lists, publisher: string | undefined): Audience | undefined {
  const { eligible, onlyCrmIds } = body;
  const listed = body.exclude ?? [];
  const exclude =
    publisher === undefined ? body.exclude : listed.length === 0 ? [publisher] : [...listed, publisher];
  if (eligible === undefined && onlyCrmIds === undefined) return exclude && { exclude };
  return {
    ...(exclude && { exclude }),
    ...(eligible && { eligible }),
    ...(onlyCrmIds && { onlyCrmIds }),
  };
}

type Lists = { readonly [List in keyof Audience]?: readonly string[] | undefined };

/** The publication with what an application changed of it. */
export function changed({ topics, draft }: Publication, change: PublishChange): Publication {
  const { data, exclude, eligible, onlyCrmIds } = { ...draft.audience, data: undefined, ...change };
  const audience = audienceOf({ exclude, eligible, onlyCrmIds }, undefined);
  return {
    topics,
    draft: { ...draft, audience, data: data === undefined ? draft.data : JSON.stringify(data) },
  };
}
