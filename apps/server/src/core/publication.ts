import { defaultName, isReserved, topicOfCrmId, type PublishBody } from "@switchboard/protocol";
import { Refusal } from "./errors.ts";
import type { Audience, Draft } from "./event.ts";
import type { PublishChange } from "./hooks.ts";
import { remembered } from "./remembered.ts";

/** A publish as some door lets it be asked for: native frames say the body, other dialects more. */
export type PublishRequest = PublishBody & Lists & Pick<Draft, "publisher" | "retain">;

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
export function publicationOf(
  body: PublishRequest,
  data: string,
  id: string,
  publisher?: string,
): Publication {
  const topics =
    body.crmIds === undefined ? [body.topic as string] : [...new Set(body.crmIds)].map(topicOfCrmId);
  const reserved = topics.find(isReserved);
  if (reserved !== undefined) throw new Refusal("forbidden", `topic: ${reserved} is the server's own`);
  const silent = publisher !== undefined && body.echo !== true;
  const audience = audienceOf(body, silent ? publisher : undefined);
  const { name = defaultName, key, retain } = body;
  return {
    topics,
    draft: {
      publication: id,
      name,
      data,
      audience,
      publisher: body.publisher,
      retain,
      key,
      counted: body.count,
    },
  };
}

function audienceOf(lists: Lists, publisher: string | undefined): Audience | undefined {
  let audience: Audience | undefined =
    publisher === undefined ? lists.exclude && { exclude: lists.exclude } : without(publisher, lists.exclude);
  for (const name of filters) {
    const list = lists[name];
    if (list !== undefined) audience = { ...audience, [name]: list };
  }
  return audience;
}

function without(publisher: string, listed: readonly string[] = []): Audience {
  if (listed.length > 0) return { exclude: [...listed, publisher] };
  return withoutPublisher(publisher);
}

/** Most events are for everybody but their publisher, which publishes several in a row: these share one audience. */
const withoutPublisher = remembered((publisher: string): Audience => ({ exclude: [publisher] }));

type Lists = { readonly [List in keyof Audience]?: readonly string[] | undefined };

/** The lists of an audience besides `exclude`. */
const filters = [
  "eligible",
  "onlyCrmIds",
  "excludeSubjects",
  "eligibleSubjects",
  "excludeRoles",
  "eligibleRoles",
] as const satisfies readonly (keyof Audience)[];

/** The publication with what an application changed of it. */
export function changed({ topics, draft }: Publication, { data, ...lists }: PublishChange): Publication {
  const audience = audienceOf({ ...draft.audience, ...lists }, undefined);
  return {
    topics,
    draft: { ...draft, audience, data: data === undefined ? draft.data : JSON.stringify(data) },
  };
}
