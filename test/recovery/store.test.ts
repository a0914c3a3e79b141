import { cpSync, rmSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { disorder, Follower } from "./follower.ts";
import { historyAt, publishAt, publishManyAt } from "./rest.ts";
import { ServerProcess, temporaryFolder } from "./server-process.ts";
import { until } from "./until.ts";

const topic = "crm.42";
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function anotherFolder(): string {
  const folder = temporaryFolder();
  folders.push(folder);
  return folder;
}

describe("a store that is not what it was", () => {
  it("[R10] wiped: has a new epoch, and a client is told of the gap", async () => {
    await using server = await ServerProcess.start();
    using follower = new Follower(server.url, topic);
    const start = await follower.subscription.ready;
    await publishManyAt(server.url, topic, 10);
    await until(() => follower.offsets.length === 10);
    const since = follower.position;
    await server.end("SIGKILL");
    rmSync(server.folder, { recursive: true });
    await server.start();
    // More than before, so that the offsets alone would not tell.
    const offsets = await publishManyAt(server.url, topic, 20, (i) => `new ${i}`);
    await follower.reaches(offsets.at(-1) ?? 0);
    await until(() => follower.data.at(-1) === "new 19");
    expect(follower.gaps).toMatchObject([{ topic, since }]);
    expect(follower.gaps[0]?.now.epoch).not.toBe(start.epoch);
    expect(follower.data.slice(10)).toEqual(Array.from({ length: 20 }, (_, i) => `new ${i}`));
  });

  it.each(["SIGKILL", "SIGTERM"] as const)(
    "[R10] restored from a copy made after %s: has a new epoch, and who heard what came after the copy is told of the gap",
    async (signal) => {
      await using server = await ServerProcess.start();
      const copy = anotherFolder();
      await publishManyAt(server.url, topic, 10, (i) => `old ${i}`);
      await server.end(signal);
      cpSync(server.folder, copy, { recursive: true });
      await server.start();
      using follower = new Follower(server.url, topic);
      await follower.subscription.ready;
      await publishManyAt(server.url, topic, 5, (i) => `lost ${i}`);
      await until(() => follower.data.length === 5);
      const since = follower.position;
      await server.end(signal);
      rmSync(server.folder, { recursive: true });
      cpSync(copy, server.folder, { recursive: true });
      await server.start();
      await publishManyAt(server.url, topic, 8, (i) => `new ${i}`);
      await until(() => follower.data.at(-1) === "new 7");
      expect(follower.gaps).toMatchObject([{ since }]);
      expect(follower.gaps[0]?.now.epoch).not.toBe(since.epoch);
      const history = (await historyAt(server.url, topic)).map(({ data }) => data);
      expect(follower.data.slice(5)).toEqual(history.slice(-follower.data.length + 5));
      expect(history.slice(-8)).toEqual(Array.from({ length: 8 }, (_, i) => `new ${i}`));
      expect(history.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, i) => `old ${i}`));
    },
  );

  it.each(["SIGKILL", "SIGTERM"] as const)(
    "[R10] itself, after %s: has its epoch, and gives no offset twice, also where nothing is kept",
    async (signal) => {
      await using server = await ServerProcess.start();
      using follower = new Follower(server.url, "crm.43");
      using unkept = new Follower(server.url, "unkept");
      const [{ epoch }] = await Promise.all([follower.subscription.ready, unkept.subscription.ready]);
      const offsets: number[] = [];
      for (let start = 0; start < 3; start++) {
        offsets.push(...(await publishManyAt(server.url, "crm.43", 3)));
        offsets.push(...(await publishManyAt(server.url, "unkept", 3)));
        await until(() => unkept.offsets.length === (start + 1) * 3);
        await server.end(signal);
        await server.start();
        await Promise.all([follower.client.live(), unkept.client.live()]);
        await until(() => follower.recovered.length === start + 1);
      }
      expect(disorder(offsets)).toBe(0);
      expect([follower.gaps, follower.position.epoch, follower.offsets.length]).toEqual([[], epoch, 9]);
    },
  );

  it("[R11] knows the keys of before the restart: the same publish gets the first answer, another one is refused", async () => {
    await using server = await ServerProcess.start();
    const publication = { topic, key: "deal-7", data: { amount: 7 } };
    for (const where of [topic, "unkept"]) {
      const first = await publishAt(server.url, { ...publication, topic: where });
      for (const signal of ["SIGKILL", "SIGTERM"] as const) {
        await server.end(signal);
        await server.start();
        const again = await publishAt(server.url, { ...publication, topic: where });
        const other = await publishAt(server.url, { ...publication, topic: where, data: { amount: 8 } });
        const { offset } = first.answer.results[0] ?? { offset: -1 };
        expect(again.answer).toMatchObject({
          publication: first.answer.publication,
          results: [{ offset, duplicate: true }],
        });
        expect([other.status, other.text]).toEqual([400, expect.stringContaining("invalid_argument")]);
      }
    }
    expect((await historyAt(server.url, topic)).length).toBe(1);
  });
});

describe("a folder that cannot be served from", () => {
  it("[R16] held by another process: the second ends with one line that says so, the first goes on", async () => {
    await using server = await ServerProcess.start();
    const second = new ServerProcess({}, server.folder);
    expect(await second.launch().exited).toBe(1);
    await until(() => second.output !== "");
    expect(second.output).toMatch(/^SWITCHBOARD_DATA_DIR: .* is in use by another process; .*\n$/);
    expect(second.output).toContain(server.folder);
    expect((await publishAt(server.url, { topic, data: 1 })).status).toBe(200);
    await server.end("SIGKILL");
    await server.start();
    expect((await publishAt(server.url, { topic, data: 2 })).status).toBe(200);
    expect((await historyAt(server.url, topic)).map(({ data }) => data)).toEqual([1, 2]);
  });
});
