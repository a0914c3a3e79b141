import { afterEach, describe, expect, it } from "vitest";
import { RealServer } from "../../../test/real-server.ts";
import {
  openAutobahn,
  openWampy,
  type Said,
  type Spelling,
  type Wamp2Client,
} from "../../../test/wamp2-clients.ts";

const server = new RealServer();
const open = { autobahn: openAutobahn, wampy: openWampy };
const spellings: readonly Spelling[] = ["json", "msgpack", "cbor"];
const kinds = (["autobahn", "wampy"] as const).flatMap((kind) =>
  spellings.map((spelling) => [kind, spelling] as const),
);
const opened: Wamp2Client[] = [];
const patient = { timeout: 20_000 };

async function connect(kind: keyof typeof open, spelling: Spelling): Promise<Wamp2Client> {
  const client = await open[kind](server.url("/ws", "ws:"), spelling);
  opened.push(client);
  return client;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
});

describe("clients written by others", () => {
  it("[R31] each hears what each other publishes, once, in every spelling, and so does a native client", async () => {
    const native = await server.welcome("42");
    const clients = await Promise.all(kinds.map(([kind, spelling]) => connect(kind, spelling)));
    const heard = new Map<Wamp2Client, Said[]>(clients.map((client) => [client, []]));
    for (const client of clients)
      await client.subscribe("crm.42", (said) => void heard.get(client)?.push(said));
    const data = { at: 1.5, list: [1, "é", null, true], nothing: {} };
    for (const [i, client] of clients.entries()) await client.publish("crm.42", [i, data], { by: kinds[i] });
    native.say({ type: "publish", crmIds: ["42"], data: "the end" });
    const all = kinds.map((by, i) => ({ args: [i, data], kwargs: { by: [...by] } }));
    for (const [i, client] of clients.entries()) {
      await expect.poll(() => heard.get(client)?.length, patient).toBe(clients.length);
      expect(heard.get(client)).toEqual([
        ...all.filter((_, by) => by !== i),
        { args: ["the end"], kwargs: {} },
      ]);
    }
    await native.until(() => native.heard.filter(({ type }) => type === "event").length === clients.length);
    expect(native.heard.filter(({ type }) => type === "event").map((event) => event["data"])).toEqual(all);
  });

  it.each(kinds)("[R31] %s, %s: calls in both directions, and errors", async (kind, spelling) => {
    const client = await connect(kind, spelling);
    const other = await connect(kind === "wampy" ? "autobahn" : "wampy", "json");
    await client.register(`add.${kind}.${spelling}`, ({ args: [a, b] }) => (a as number) + (b as number));
    await other.register(`join.${kind}.${spelling}`, ({ args }) => args.join("-"));
    expect(await other.call(`add.${kind}.${spelling}`, [1, 2.5]).answer).toBe(3.5);
    expect(await client.call(`join.${kind}.${spelling}`, ["a", 1, true]).answer).toBe("a-1-true");
    await expect(client.call("nobody").answer).rejects.toMatchObject({
      [kind === "wampy" ? "errorUri" : "error"]: "wamp.error.no_such_procedure",
    });
  });

  it.each(kinds)(
    "[R31] %s, %s: what is cancelled ends, and the connection lives on",
    async (kind, spelling) => {
      const client = await connect(kind, spelling);
      const slow = `slow.${kind}.${spelling}`;
      await client.register(slow, () => new Promise(() => {}));
      for (const mode of [undefined, "skip", "kill", "killnowait"] as const) {
        const calling = client.call(slow);
        calling.cancel(mode);
        await expect(calling.answer, mode).rejects.toThrow();
      }
      await client.register(`${slow}.not`, () => "alive");
      expect(await client.call(`${slow}.not`).answer).toBe("alive");
      expect(client.sessions).toHaveLength(1);
    },
  );

  it.each(kinds)("[R31] %s, %s: comes back after the server ended it", async (kind, spelling) => {
    const client = await connect(kind, spelling);
    const [session] = client.sessions;
    expect((await server.ask("DELETE", `/api/v1/sessions/${session}`)).status).toBeLessThan(300);
    await expect.poll(() => client.sessions.length, patient).toBe(2);
    expect(client.sessions[0]).not.toBe(session);
  });
});
