/** An event as the history shows it. */
export interface Kept {
  readonly offset: number;
  readonly publication: string;
  readonly name: string;
  readonly data: unknown;
}

interface HistoryAnswer {
  readonly epoch: string;
  readonly offset: number;
  readonly complete: boolean;
  readonly events: readonly Kept[];
}

/** Where a topic stands. */
export interface TopicAnswer {
  readonly epoch: string;
  readonly offset: number;
  readonly history: number;
  readonly subscribers: number;
}

interface PublishAnswer {
  readonly publication: string;
  readonly results: readonly { readonly epoch: string; readonly offset: number; readonly duplicate?: true }[];
}

/** What the server says of a topic. */
export async function topicAt(url: string, topic: string): Promise<TopicAnswer> {
  return (await (await fetch(`${url}/api/v1/topics/${topic}`)).json()) as TopicAnswer;
}

/** Everything that the history of the topic holds, read in pages. */
export async function historyAt(url: string, topic: string): Promise<Kept[]> {
  const { epoch } = await topicAt(url, topic);
  const events: Kept[] = [];
  for (let since = 0; ; since = events.at(-1)?.offset ?? 0) {
    const query = `since=${since}&epoch=${epoch}&limit=1000`;
    const response = await fetch(`${url}/api/v1/topics/${topic}/history?${query}`);
    const page = (await response.json()) as HistoryAnswer;
    if (page.events.length === 0) return events;
    events.push(...page.events);
  }
}

/** Publishes one event; the answer with its status. */
export async function publishAt(
  url: string,
  body: object,
): Promise<{ readonly status: number; readonly text: string; readonly answer: PublishAnswer }> {
  const response = await fetch(`${url}/api/v1/publish`, { method: "POST", body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, text, answer: JSON.parse(text) as PublishAnswer };
}

/** Publishes so many events in a topic, a thousand at a time; `dataOf` says what each holds. Resolves with their offsets. */
export async function publishManyAt(
  url: string,
  topic: string,
  count: number,
  dataOf: (i: number) => unknown = (i) => i,
): Promise<number[]> {
  const offsets: number[] = [];
  for (let from = 0; from < count; from += 1_000) {
    const publications = Array.from({ length: Math.min(1_000, count - from) }, (_, i) => ({
      topic,
      data: dataOf(from + i),
    }));
    const body = JSON.stringify({ publications });
    const response = await fetch(`${url}/api/v1/publish/batch`, { method: "POST", body });
    const { results } = (await response.json()) as { readonly results: readonly PublishAnswer[] };
    for (const { results: topics } of results) offsets.push(topics[0]?.offset ?? -1);
  }
  return offsets;
}
