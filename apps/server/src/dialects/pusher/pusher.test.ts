import { describe, expect, it } from "vitest";
import { app, PusherNode } from "../../../test/pusher-node.ts";
import type { Limits } from "../../core/limits.ts";
import { signatureOf } from "./signature.ts";

const start = (limits: Partial<Limits> = {}) => new PusherNode({ limits });

const embedded = (value: unknown) => JSON.stringify(JSON.stringify(value));

describe("[R39] connecting", () => {
  it("the socket_id is two numbers, and the activity timeout is told", async () => {
    const { node } = start();
    node.open("ann");
    await node.settle();
    const [frame] = node.client("ann").take();
    const { socket_id: id, activity_timeout: timeout } = JSON.parse(String(frame?.["data"])) as never;
    expect(id).toMatch(/^\d+\.\d+$/);
    expect(id).toBe(node.client("ann").session.id);
    expect(timeout).toBe(30);
  });

  it("an application that is not known is told so (4001), and the connection ends", async () => {
    const { node, places } = start();
    node.open("ann", [], places.dialectOf("nope"));
    await node.play(`
      ann < {"event":"pusher:error","data":{"code":4001}}
      ann < close 4001
    `);
  });

  it("a ping is answered; what is wrong is an error, and the connection lives", async () => {
    const { node, connect } = start();
    await connect("ann");
    await node.play(`
      ann > {"event":"pusher:ping","data":{}}
      ann < {"event":"pusher:pong"}
      ann > text no json
      ann < {"event":"pusher:error","data":{"code":null}}
      ann > [1,2]
      ann < {"event":"pusher:error","data":{"code":null,"message":"a frame must be a JSON object"}}
      ann > {"event":"pusher:unknown"}
      ann < {"event":"pusher:error"}
      ann > {"event":"pusher:subscribe"}
      ann < {"event":"pusher:error","data":{"message":"data: must be an object"}}
      ann > {"event":"pusher:subscribe","data":{"channel":"a b"}}
      ann < {"event":"pusher:error","data":{"code":null}}
      ann > {"event":"pusher:ping"}
      ann < {"event":"pusher:pong"}
    `);
  });
});

describe("[R39] channels", () => {
  it("a public channel is the topic of its name; data is JSON within JSON", async () => {
    const { node, connect } = start();
    await connect("ann");
    await node.play(`
      ann > {"event":"pusher:subscribe","data":{"channel":"deals"}}
      ann < {"event":"pusher_internal:subscription_succeeded","channel":"deals"}
    `);
    void node.engine.publish("deals", {
      publication: "p",
      name: "deal.won",
      data: '{"big": 12345678901234567890}',
    });
    await node.play(`
      ann < {"event":"deal.won","channel":"deals","data":${JSON.stringify('{"big": 12345678901234567890}')}}
    `);
  });

  it("no public channel leads to a CRM record, nor to what is the server's own", async () => {
    const { node, connect } = start();
    await connect("ann");
    for (const channel of ["crm.42", "cache-crm.42", "switchboard.x", "wamp.x"])
      await node.play(`
        ann > {"event":"pusher:subscribe","data":{"channel":"${channel}"}}
        ann < {"event":"pusher:subscription_error","channel":"${channel}"}
        ann < {"event":"pusher:error","data":{"code":4009}}
      `);
  });

  it("a wrong signature is logged with why, never with what was shown", async () => {
    const { node, connect } = start();
    await connect("ann");
    await node.play(`
      ann > {"event":"pusher:subscribe","data":{"channel":"private-crm.42","auth":"k:00ff"}}
      ann < {"event":"pusher:subscription_error","channel":"private-crm.42"}
      ann < {"event":"pusher:error","data":{"code":4009}}
    `);
    expect(node.refused).toMatchObject([{ door: "pusher", code: "unauthenticated", address: "127.0.0.1" }]);
    expect(JSON.stringify(node.refused)).not.toContain("00ff");
  });

  it("frames that come too soon are refused, and whoever goes on is ended", async () => {
    const { node, connect } = start({ framesPerSecondMax: 12 });
    await connect("ann");
    const ann = node.client("ann");
    for (let i = 0; i < 25; i++) ann.say('{"event":"pusher:ping","data":{}}');
    await node.settle();
    const events = Object.groupBy(ann.take(), ({ event }) => String(event));
    expect(events["pusher:pong"]?.length).toBe(12);
    expect(events["pusher:error"]?.length).toBe(12 + 1);
    expect(ann.session.ended).toBe(true);
  });

  it("private-crm.42 is the topic crm.42, reached with a signature and not without", async () => {
    const { node, connect, subscribe, auth } = start();
    await connect("ann", "bob");
    await subscribe("ann", "private-crm.42");
    for (const wrong of ["", "k:00", auth("ann", "private-crm.42"), auth("bob", "private-crm.43")])
      await node.play(`
        bob > {"event":"pusher:subscribe","data":{"channel":"private-crm.42","auth":"${wrong}"}}
        bob < {"event":"pusher:subscription_error","channel":"private-crm.42"}
        bob < {"event":"pusher:error","data":{"code":4009}}
      `);
    void node.engine.publish("crm.42", { publication: "p", name: "n", data: "1" });
    await node.play(`
      ann < {"event":"n","channel":"private-crm.42","data":"1"}
    `);
  });

  it("who is on a topic by two names hears its events by both, until it leaves", async () => {
    const { node, connect, subscribe, join } = start();
    await connect("ann");
    await subscribe("ann", "private-crm.42");
    await join("ann", "presence-crm.42", "1");
    node.client("ann").take();
    void node.engine.publish("crm.42", { publication: "p", name: "n", data: "1" });
    await node.play(`
      ann < {"event":"n","channel":"private-crm.42"}
      ann < {"event":"n","channel":"presence-crm.42"}
      ann > {"event":"pusher:unsubscribe","data":{"channel":"presence-crm.42"}}
    `);
    expect(node.node.broker.subscribers("crm.42")).toBe(1);
    void node.engine.publish("crm.42", { publication: "p", name: "n", data: "2" });
    await node.play(`
      ann < {"event":"n","channel":"private-crm.42","data":"2"}
    `);
  });

  it("a second subscription to the same channel is an error", async () => {
    const { node, connect, subscribe, auth } = start();
    await connect("ann");
    await subscribe("ann", "private-a");
    await node.play(`
      ann > {"event":"pusher:subscribe","data":{"channel":"private-a","auth":"${auth("ann", "private-a")}"}}
      ann < {"event":"pusher:error","data":{"code":null}}
    `);
  });
});

describe("[R39] cache channels", () => {
  it("tell the last event that was kept to who comes later, and a miss where there is none", async () => {
    const { node, connect } = start();
    await connect("ann", "bob");
    await node.play(`
      ann > {"event":"pusher:subscribe","data":{"channel":"cache-x"}}
      ann < {"event":"pusher_internal:subscription_succeeded","channel":"cache-x"}
      ann < {"event":"pusher:cache_miss","channel":"cache-x"}
    `);
    for (const n of [1, 2])
      void node.engine.publish("x", { publication: `p${n}`, name: "n", data: `${n}`, retain: true });
    void node.engine.publish("x", { publication: "p3", name: "n", data: "3" });
    await node.play(`
      ann < {"event":"n","channel":"cache-x","data":"1"}
      ann < {"event":"n","channel":"cache-x","data":"2"}
      ann < {"event":"n","channel":"cache-x","data":"3"}
      bob > {"event":"pusher:subscribe","data":{"channel":"cache-x"}}
      bob < {"event":"pusher_internal:subscription_succeeded","channel":"cache-x"}
      bob < {"event":"n","channel":"cache-x","data":"2"}
    `);
  });
});

describe("[R39] presence channels", () => {
  it("tell who is there, once a user, and who comes and goes", async () => {
    const { node, connect, join } = start();
    await connect("ann", "ann2", "bob");
    await join("ann", "presence-x", "1", "Ann");
    await node.play(`
      ann < {"event":"pusher_internal:subscription_succeeded","data":${embedded({ presence: { count: 1, ids: ["1"], hash: { 1: { name: "Ann" } } } })}}
    `);
    await join("bob", "presence-x", "2", "Bob");
    await node.play(`
      bob < {"event":"pusher_internal:subscription_succeeded","data":${embedded({ presence: { count: 2, ids: ["1", "2"], hash: { 1: { name: "Ann" }, 2: { name: "Bob" } } } })}}
      ann < {"event":"pusher_internal:member_added","channel":"presence-x","data":${embedded({ user_id: "2", user_info: { name: "Bob" } })}}
    `);
    await join("ann2", "presence-x", "1", "Ann");
    await node.play(`
      ann2 < {"event":"pusher_internal:subscription_succeeded"}
      ann > cut
    `);
    await node.play(`
      ann2 > cut
      bob < {"event":"pusher_internal:member_removed","channel":"presence-x","data":${embedded({ user_id: "1" })}}
    `);
  });

  it("the signature covers who it is", async () => {
    const { node, connect, auth } = start();
    await connect("ann");
    const data = JSON.stringify({ user_id: "1" });
    const wrongs = [
      auth("ann", "presence-x"),
      auth("ann", "presence-x", `:${JSON.stringify({ user_id: "2" })}`),
    ];
    for (const wrong of wrongs)
      await node.play(`
        ann > ${JSON.stringify({ event: "pusher:subscribe", data: { channel: "presence-x", auth: wrong, channel_data: data } })}
        ann < {"event":"pusher:subscription_error"}
        ann < {"event":"pusher:error","data":{"code":4009}}
      `);
  });

  const noId = "channel_data: user_id must be a text of 1–256 characters, or a number";
  it.each([
    ["{}", noId],
    ['{"user_id":""}', noId],
    ['{"user_id":true}', noId],
    [
      `{"user_id":"1","user_info":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
      "channel_data: user_info must be nested no more than 1000 deep",
    ],
  ])("who is nobody, or too much, is told what would be right", async (data, message) => {
    const { node, connect, auth } = start();
    await connect("ann");
    const signed = auth("ann", "presence-x", `:${data}`);
    await node.play(`
        ann > ${JSON.stringify({ event: "pusher:subscribe", data: { channel: "presence-x", auth: signed, channel_data: data } })}
        ann < {"event":"pusher:subscription_error"}
        ann < {"event":"pusher:error","data":{"code":4009,"message":${JSON.stringify(message)}}}
      `);
  });
});

describe("[R39] client events", () => {
  it("reach the others on the channel, not their sender; those who speak another language too", async () => {
    const { node, connect, subscribe } = start();
    await connect("ann", "bob");
    await subscribe("ann", "private-crm.42");
    await subscribe("bob", "private-crm.42");
    await node.play(`
      ann > {"event":"client-typing","channel":"private-crm.42","data":{"by":"ann"}}
      bob < {"event":"client-typing","channel":"private-crm.42","data":${embedded({ by: "ann" })}}
    `);
  });

  it("on a presence channel say whose they are, as its back end has signed it", async () => {
    const { node, connect, join } = start();
    await connect("ann", "bob");
    await join("ann", "presence-x", "1");
    await join("bob", "presence-x", "2");
    node.client("ann").take();
    node.client("bob").take();
    await node.play(`
      ann > {"event":"client-typing","channel":"presence-x","data":1}
      bob < {"event":"client-typing","channel":"presence-x","data":"1","user_id":"1"}
    `);
  });

  it("are refused (4301) on public channels, on others' channels, and beyond 10 a second", async () => {
    const { node, connect, subscribe } = start();
    await connect("ann", "bob");
    await node.play(`
      ann > {"event":"pusher:subscribe","data":{"channel":"deals"}}
      ann < {"event":"pusher_internal:subscription_succeeded"}
      ann > {"event":"client-x","channel":"deals","data":1}
      ann < {"event":"pusher:error","data":{"code":4301}}
      bob > {"event":"client-x","channel":"private-y","data":1}
      bob < {"event":"pusher:error","data":{"code":4301}}
    `);
    await subscribe("ann", "private-y");
    for (let i = 0; i < 10; i++) node.client("ann").say({ event: "client-x", channel: "private-y", data: i });
    await node.play(`
      ann > {"event":"client-x","channel":"private-y","data":10}
      ann < {"event":"pusher:error","data":{"code":4301}}
    `);
  });
});

describe("[R39] signing in", () => {
  it("opens the user's own channel, and no other's", async () => {
    const { node, connect } = start();
    await connect("ann");
    const userData = JSON.stringify({ id: "7", name: "Ann" });
    const auth = `k:${signatureOf(app, `${node.client("ann").session.id}::user::${userData}`)}`;
    await node.play(`
      ann > {"event":"pusher:subscribe","data":{"channel":"#server-to-user-7"}}
      ann < {"event":"pusher:subscription_error"}
      ann < {"event":"pusher:error","data":{"code":4009}}
      ann > {"event":"pusher:signin","data":{"auth":"k:0","user_data":${JSON.stringify(userData)}}}
      ann < {"event":"pusher:error","data":{"code":4009}}
      ann > {"event":"pusher:signin","data":{"auth":"${auth}","user_data":${JSON.stringify(userData)}}}
      ann < {"event":"pusher:signin_success","data":${embedded({ user_data: userData })}}
      ann > {"event":"pusher:subscribe","data":{"channel":"#server-to-user-7"}}
      ann < {"event":"pusher_internal:subscription_succeeded","channel":"#server-to-user-7"}
      ann > {"event":"pusher:subscribe","data":{"channel":"#server-to-user-8"}}
      ann < {"event":"pusher:subscription_error"}
      ann < {"event":"pusher:error","data":{"code":4009}}
    `);
  });
});

describe("[R39] the server's end", () => {
  it.each([
    [4001, 4100],
    [1012, 4100],
    [4004, 4201],
    [4503, 4009],
    [4003, 4009],
  ])("%i is told as %i", async (code, told) => {
    const { node, connect } = start();
    await connect("ann");
    node.client("ann").session.close(code, "why");
    await node.play(`
      ann < {"event":"pusher:error","data":{"code":${told},"message":"why"}}
      ann < close ${told}
    `);
  });
});
