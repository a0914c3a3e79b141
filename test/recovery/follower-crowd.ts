import { createClient, type Client } from "@switchboard/sdk";
import { answer } from "./child.ts";

/** A client of the SDK that follows one record. */
interface Member {
  readonly client: Client;
  readonly crmId: string;
  readonly heard: unknown[];
}

const members: Member[] = [];
/** When each was told to leave, when it then meant to come back, and when it did, in ms since 1970. */
const comebacks: { readonly left: number; readonly due: number; readonly at: number }[] = [];
/** For how long at once this process did not run, in ms: the machine may have more to do than this. */
let longestStallMs = 0;
let gaps = 0;
let recoveries = 0;

async function join(url: string, crmId: string): Promise<void> {
  const client = createClient({ url, onError: () => undefined });
  const heard: unknown[] = [];
  const subscription = client.follow(crmId, {
    event: ({ data }) => heard.push(data),
    gap: () => (gaps += 1),
    recovered: () => (recoveries += 1),
  });
  members.push({ client, crmId, heard });
  await subscription.ready;
  let [left, due] = [0, 0];
  client.onStatus((status) => {
    if (status.state === "waiting" && due === 0) [left, due] = [status.since, status.retryAt];
    if (status.state !== "live" || due === 0) return;
    comebacks.push({ left, due, at: Date.now() });
    due = 0;
  });
}

function watchStalls(): void {
  let last = Date.now();
  setInterval(() => {
    longestStallMs = Math.max(longestStallMs, Date.now() - last);
    last = Date.now();
  }, 10);
}

const answers = {
  /** Connects so many clients; record i % records is followed by the client i. */
  start: async ({ url, count, records }: { url: string; count: number; records: number }) => {
    for (let from = 0; from < count; from += 100)
      await Promise.all(
        Array.from({ length: Math.min(100, count - from) }, (_, i) =>
          join(url, String((from + i) % records)),
        ),
      );
    watchStalls();
  },
  state: () => ({
    live: members.filter(({ client }) => client.status.state === "live").length,
    back: comebacks.length,
    recoveries,
    heard: members.reduce((sum, { heard }) => sum + heard.length, 0),
  }),
  /** The different logs that there are of each record, as JSON; and how the clients came back. */
  result: () => {
    const logs: Record<string, string[]> = {};
    for (const { crmId, heard } of members) {
      const log = JSON.stringify(heard);
      const known = (logs[crmId] ??= []);
      if (!known.includes(log)) known.push(log);
    }
    return { logs, comebacks, longestStallMs, gaps, recoveries };
  },
};

/** What this process answers to. */
export type FollowerCrowdAnswers = typeof answers;

answer(answers);
