import { Child } from "./child.ts";
import type { FollowerCrowdAnswers } from "./follower-crowd.ts";

/** In how many processes, so that one that collects garbage does not stop all. */
const processes = 2;

/** Thousands of clients of the SDK, in processes of their own. All of it ends with the block. */
export class Crowd implements Disposable {
  readonly #children = Array.from(
    { length: processes },
    () => new Child<FollowerCrowdAnswers>("follower-crowd.ts"),
  );

  /** Connects so many clients, spread over so many records. */
  async start(url: string, count: number, records: number): Promise<void> {
    await Promise.all(
      this.#children.map((child) => child.ask("start", { url, count: count / processes, records })),
    );
  }

  /** How many of them are live, and how many events they have heard, all together. */
  async state() {
    const states = await Promise.all(this.#children.map((child) => child.ask("state", undefined)));
    return {
      live: states.reduce((sum, { live }) => sum + live, 0),
      heard: states.reduce((sum, { heard }) => sum + heard, 0),
    };
  }

  async result() {
    const results = await Promise.all(this.#children.map((child) => child.ask("result", undefined)));
    return {
      /** The different logs that there are of a record. */
      logsOf: (record: string) => [...new Set(results.flatMap(({ logs }) => logs[record] ?? []))],
      comebacks: results.flatMap(({ comebacks }) => comebacks),
      longestStallMs: Math.max(...results.map(({ longestStallMs }) => longestStallMs)),
      gaps: results.reduce((sum, { gaps }) => sum + gaps, 0),
      recoveries: results.reduce((sum, { recoveries }) => sum + recoveries, 0),
    };
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child[Symbol.dispose]();
  }
}
