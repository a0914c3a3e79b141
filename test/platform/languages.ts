import { createClient } from "@switchboard/sdk";
import { spawn } from "node:child_process";
import { expect } from "vitest";
import { joinChannel, openBackEnd, openFrontEnd } from "../../apps/server/test/pusher-clients.ts";
import { connectWamp1 } from "../../apps/server/test/wamp1-client.ts";
import { openAutobahn } from "../../apps/server/test/wamp2-clients.ts";

/** Where the senders connect, and where those who listen: one server, or two of a cluster. */
export interface Meeting {
  readonly sendersUrl: string;
  readonly listenersUrl: string;
}

/** The application that Pusher's clients and back ends belong to. */
export const app = { id: "crm", key: "crm-key", secret: "crm-secret" };

const name = "deal.updated";
const patient = { timeout: 50_000, interval: 50 };
const dataOf = (from: string) => ({
  from,
  title: "ünï 🦜 <&>",
  amounts: [1, 2.5, -3e-7],
  none: null,
  nested: { list: [[], {}] },
});

/** One event from each sender reaches a listener of every language once, equal in content. */
export async function everyLanguageMeets({ sendersUrl, listenersUrl }: Meeting): Promise<void> {
  await using listeners = await listen(listenersUrl);
  const senders = sendersAt(sendersUrl);
  const sent = Object.keys(senders);
  for (const [from, send] of Object.entries(senders)) {
    await send(dataOf(from));
    // One after the other: so each hears them in this order.
    await expect
      .poll(() => Object.values(listeners.heard).map(({ length }) => length), patient)
      .toEqual(Object.values(listeners.heard).map(() => sent.indexOf(from) + 1));
  }
  for (const [language, heard] of Object.entries(listeners.heard))
    expect(heard, language).toEqual(sent.map(dataOf));
  expect(listeners.names).toEqual({
    sdk: [name, "message", ...(python === "" ? [] : ["message"]), name, ...(php === "" ? [] : [name])],
  });
}

const php = process.env.PHP_PATH ?? "";
const python = process.env.PYTHON_PATH ?? "";
if (process.env.CI !== undefined && (php === "" || python === ""))
  throw new Error("PHP and python3-autobahn are needed: test --project platform and cluster install them");

type Send = (data: unknown) => Promise<unknown>;

/** Five senders: our SDK, AutobahnJS, Debian's python3-autobahn, Pusher's library for Node, and PHP as Laravel does it. */
function sendersAt(url: string): Readonly<Record<string, Send>> {
  return {
    async sdk(data) {
      const client = createClient({ url });
      await client.live();
      await client.publish({ crmIds: ["42"], name, data });
      client.close();
    },
    async autobahn(data) {
      const client = await openAutobahn(socketUrl(url), "json");
      await client.publish("crm.42", [data], {});
      await client.close();
    },
    ...(python !== "" && { python: (data) => publishInPython(url, data) }),
    pusher: (data) => openBackEnd(url, app).trigger("private-crm.42", name, data),
    ...(php !== "" && { php: (data) => broadcastInPhp(url, data) }),
  };
}

/** One client of each language that follows crmId 42, with what it hears. */
async function listen(url: string) {
  const heard: Record<"sdk" | "wamp1" | "wamp2" | "msgpack" | "pusher", unknown[]> = {
    sdk: [],
    wamp1: [],
    wamp2: [],
    msgpack: [],
    pusher: [],
  };
  const names = { sdk: [] as string[] };
  const sdk = createClient({ url });
  const following = sdk.follow("42", (event) => {
    heard.sdk.push(event.data);
    names.sdk.push(event.name);
  });
  await following.ready;
  (await connectWamp1(socketUrl(url))).subscribe("crm.42", (event) => heard.wamp1.push(event));
  const wamp2 = await openAutobahn(socketUrl(url), "json");
  await wamp2.subscribe("crm.42", ({ args }) => heard.wamp2.push(...args));
  const msgpack = await openAutobahn(socketUrl(url), "msgpack");
  await msgpack.subscribe("crm.42", ({ args }) => heard.msgpack.push(...args));
  const pusher = openFrontEnd(url, app);
  await joinChannel(pusher, "private-crm.42");
  pusher.channel("private-crm.42").bind_global((event: string, data: unknown) => {
    if (!event.startsWith("pusher:")) heard.pusher.push(data);
  });
  // WAMP v1 does not say that it has subscribed: five are there once the server counts them.
  await expect.poll(async () => await subscribersAt(url), patient).toBe(5);
  return {
    heard,
    names,
    async [Symbol.asyncDispose]() {
      sdk.close();
      pusher.disconnect();
      await Promise.all([wamp2.close(), msgpack.close()]);
    },
  };
}

async function subscribersAt(url: string): Promise<number> {
  const answer = await fetch(new URL("/api/v1/topics/crm.42", url));
  return ((await answer.json()) as { subscribers: number }).subscribers;
}

/** The process has clients of its own, which do as they are called to. */
async function publishInPython(url: string, data: unknown): Promise<void> {
  const clients = spawn(python, [new URL("../e2e/wamp2.py", import.meta.url).pathname, socketUrl(url)]);
  const call = async () => {
    const body = JSON.stringify({ procedure: "json.publish", data: { args: ["crm.42", data] } });
    return (await fetch(new URL("/api/v1/call", url), { method: "POST", body })).status;
  };
  try {
    await expect.poll(call, patient).toBe(200);
  } finally {
    clients.kill("SIGKILL");
  }
}

async function broadcastInPhp(url: string, data: unknown): Promise<void> {
  const env = {
    ...process.env,
    SWITCHBOARD_URL: url,
    PUSHER_APP_ID: app.id,
    PUSHER_APP_KEY: app.key,
    PUSHER_APP_SECRET: app.secret,
  };
  const command = [php, "examples/broadcast.php", "private-crm.42", name, JSON.stringify(data)];
  const broadcasting = Bun.spawn(command, { env, stdout: "pipe", stderr: "pipe" });
  const [code, said] = [await broadcasting.exited, await new Response(broadcasting.stderr).text()];
  expect([code, said]).toEqual([0, ""]);
}

function socketUrl(url: string): string {
  const address = new URL("/ws", url);
  address.protocol = "ws:";
  return address.href;
}
