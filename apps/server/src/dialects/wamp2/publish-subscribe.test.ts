import { describe, expect, it } from "vitest";
import { native } from "../native/native.ts";
import { joined } from "../../../test/wamp2.ts";

describe("subscribing", () => {
  it("[R31] the same topic and match have one number for everybody; once more gives it again", async () => {
    const node = await joined(["ann", "bob"]);
    await node.play(`
      ann > [32,1,{},"crm.42"]
      ann < [33,1,1]

      bob > [32,1,{"match":"exact"},"crm.42"]
      bob < [33,1,1]

      ann > [32,2,{"match":"prefix"},"crm.42"]
      ann > [32,3,{"match":"prefix"},"crm.42"]
      ann < [33,2,2]
      ann < [33,3,2]

      ann > [32,4,{},"crm.42"]
      ann < [33,4,1]
    `);
  });

  it("[R31] nothing is heard before SUBSCRIBED, nor after UNSUBSCRIBED", async () => {
    const node = await joined(["ann", "bob"]);
    await node.play(`
      bob > [16,1,{},"crm.42",[1]]

      ann > [32,1,{},"crm.42"]
      bob > [16,2,{},"crm.42",[2]]
      ann < [33,1,1]
      ann < [36,1,"…",{},[2]]

      bob > [16,3,{},"crm.42",[3]]
      ann > [34,2,1]
      bob > [16,4,{},"crm.42",[4]]
      ann < [35,2]

      ann > [32,3,{},"crm.42"]
      ann < [33,3,2]

      bob > [16,5,{},"crm.42",[5]]
      ann < [36,2,"…",{},[5]]
    `);
  });

  it("[R31] what is not subscribed to is no_such_subscription", async () => {
    const node = await joined(["ann", "bob"]);
    await node.play(`
      bob > [32,1,{},"crm.42"]
      bob < [33,1,1]

      ann > [34,1,1]
      ann < [8,34,1,{},"wamp.error.no_such_subscription","…"]
    `);
  });

  it("[R31] each subscription that matches hears an event, with its topic and the same publication", async () => {
    const node = await joined(["ann", "bob"]);
    await node.play(`
      ann > [32,1,{"match":"prefix"},"com.myapp"]
      ann > [32,2,{"match":"wildcard"},"com..created"]
      ann > [32,3,{},"com.myapp2.created"]
      ann < [33,1,1]
      ann < [33,2,2]
      ann < [33,3,3]
    `);
    node.client("bob").say('[16,1,{"acknowledge":true},"com.myapp2.created",["x"]]');
    await node.settle();
    const [published] = node.client("bob").take() as unknown as [[number, number, number]];
    const heard = node.client("ann").take() as unknown as [number, number, number, object][];
    const found = heard.map(([, number, publication, details]) => [number, publication, details] as const);
    expect(found.toSorted(([one], [other]) => one - other)).toEqual([
      [1, published[2], { topic: "com.myapp2.created" }],
      [2, published[2], { topic: "com.myapp2.created" }],
      [3, published[2], {}],
    ]);
  });

  it.each([
    ["exact", "a b"],
    ["exact", "a..b"],
    ["exact", "a#b"],
    ["exact", ""],
    ["prefix", "a..b"],
    ["wildcard", "a.b c"],
    ["wildcard", "a.*.c"],
    ["wildcard", "a.>"],
  ])("[R31] %s %j is invalid_uri", async (match, topic) => {
    const node = await joined(["ann"]);
    await node.play(`
      ann > [32,1,{"match":"${match}"},"${topic}"]
      ann < [8,32,1,{},"wamp.error.invalid_uri","…"]
    `);
  });

  it("[R31] an option that is wrong is invalid_argument; null and unknown ones are ignored", async () => {
    const node = await joined(["ann"]);
    await node.play(`
      ann > [32,1,{"match":"regex"},"crm.42"]
      ann < [8,32,1,{},"wamp.error.invalid_argument","…"]

      ann > [32,2,{"match":null,"get_retained":null,"x":1},"crm.42"]
      ann < [33,2,1]
    `);
  });

  it("[R31] _last asks for the newest events first", async () => {
    const node = await joined(["ann", "bob"]);
    await node.play(`
      bob > [16,1,{},"crm.42",[1]]
      bob > [16,2,{},"crm.42",[2]]
      bob > [16,3,{},"crm.42",[3]]

      ann > [32,1,{"_last":2},"crm.42"]
      ann < [33,1,1]
      ann < [36,1,"…",{},[2]]
      ann < [36,1,"…",{},[3]]
    `);
  });

  it("[R31] a limit is an error of ours", async () => {
    const node = await joined(["ann"], { limits: { subscriptionsMax: 1 } });
    await node.play(`
      ann > [32,1,{},"a"]
      ann < [33,1,1]

      ann > [32,2,{},"b"]
      ann < [8,32,2,{},"switchboard.error.limit_exceeded",["a session subscribes to 1 topics at most"]]
    `);
  });
});

describe("publishing", () => {
  it("[R31] the payload travels as it was sent; empty parts are left out, never null", async () => {
    const node = await joined(["ann", "bob"]);
    await node.play(`
      ann > [32,1,{},"t"]
      ann < [33,1,1]
    `);
    const said = [
      "",
      ",null",
      ",[]",
      ",[],{}",
      ",null,null",
      ",[null]",
      ',[12345678901234567890, 1.0,"\\u00e9"]',
      ',[],{"a": 1}',
      ',[1,2],{"b":[ ]}',
      ',[{"args":[1]}]',
    ];
    for (const [i, payload] of said.entries()) node.client("bob").say(`[16,${i + 1},{},"t"${payload}]`);
    await node.settle();
    const heard = node.client("ann").socket.texts.slice(2);
    expect(heard.map((text) => /^\[36,1,\d+,\{\}(.*)\]$/.exec(text)?.[1])).toEqual([
      "",
      "",
      "",
      "",
      "",
      ",[null]",
      ',[12345678901234567890,1.0,"\\u00e9"]',
      ',[],{"a": 1}',
      ',[1,2],{"b":[ ]}',
      ',[{"args":[1]}]',
    ]);
  });

  it("[R31] PUBLISHED or ERROR only where acknowledge is true", async () => {
    const node = await joined(["ann"]);
    await node.play(`
      ann > [16,1,{},"t"]
      ann > [16,2,{"acknowledge":false},"a b"]
      ann > [16,3,{"acknowledge":1},"t"]
      ann > [16,4,{"acknowledge":true},"t"]
      ann > [16,5,{"acknowledge":true},"a b"]
      ann > [16,6,{"acknowledge":true,"exclude":7},"t"]
      ann < [8,16,5,{},"wamp.error.invalid_uri","…"]
      ann < [8,16,6,{},"wamp.error.invalid_argument","…"]
      ann < [17,4,"…"]
    `);
    expect(node.unsaid).toEqual([expect.stringContaining("wamp.error.invalid_uri")]);
  });

  it.each(["wamp.session.on_leave", "switchboard.sessions"])(
    "[R31] %s is the server's own",
    async (topic) => {
      const node = await joined(["ann", "bob"]);
      await node.play(`
      ann > [32,1,{},"${topic}"]
      ann < [33,1,1]

      bob > [16,1,{"acknowledge":true},"${topic}",["forged"]]
      bob < [8,16,1,{},"wamp.error.invalid_uri","…"]
    `);
    },
  );

  it("[R31] a message that is too large is payload_size_exceeded, and the session lives", async () => {
    const node = await joined(["ann"], { limits: { frameBytesMax: 200 } });
    const large = "x".repeat(200);
    await node.play(`
      ann > [16,1,{"acknowledge":true},"t",["${large}"]]
      ann > [16,2,{},"t",["${large}"]]
      ann > [48,3,{},"t",["${large}"]]
      ann > [16,4,{"acknowledge":true},"t"]
      ann < [8,16,1,{},"wamp.error.payload_size_exceeded","…"]
      ann < [8,48,3,{},"wamp.error.payload_size_exceeded","…"]
      ann < [17,4,"…"]
    `);
  });

  it.each([
    ["", "bob eve"],
    ['"exclude_me":true', "bob eve"],
    ['"exclude_me":false', "ann bob eve"],
    ['"exclude":[]', "bob eve"],
    ['"exclude":[@bob]', "eve"],
    ['"exclude":[@ann],"exclude_me":false', "bob eve"],
    ['"exclude":[@bob,@eve],"exclude_me":false', "ann"],
    ['"eligible":[]', ""],
    ['"eligible":[],"exclude_me":false', ""],
    ['"eligible":[@bob]', "bob"],
    ['"eligible":["@bob"]', "bob"],
    ['"eligible":[@ann,@bob]', "bob"],
    ['"eligible":[@ann,@bob],"exclude_me":false', "ann bob"],
    ['"eligible":[@bob,@eve],"exclude":[@eve]', "bob"],
    ['"eligible":[@bob],"exclude":[@bob]', ""],
    ['"eligible":[1]', ""],
  ])("[R31] {%s} is heard by: %s", async (options, expected) => {
    const names = ["ann", "bob", "eve"];
    const node = await joined(names);
    for (const name of names) node.client(name).say('[32,1,{},"t"]');
    await node.settle();
    for (const name of names) node.client(name).take();
    const text = `[16,1,{${options}},"t",["x"]]`;
    node.client("ann").say(text.replaceAll(/@(\w+)/g, (_, name: string) => node.client(name).session.id));
    await node.settle();
    const heard = names.filter((name) => node.client(name).take().length > 0);
    expect(heard.join(" ")).toBe(expected);
  });
});

describe("with other languages", () => {
  it("[R30] several arguments and keyword arguments are one envelope; names travel as _name", async () => {
    const node = await joined(["ann"]);
    node.open("ned", [], native);
    await node.play(`
      ned > hello {"crmIds":["42"]}
      ned < welcome

      ann > [32,1,{},"crm.42"]
      ann < [33,1,1]

      ann > [16,1,{},"crm.42",[{"a":1}]]
      ann > [16,2,{"_name":"deal.updated"},"crm.42",[1,2],{"k":3}]
      ned < event {"name":"message","data":{"a":1}}
      ned < event {"name":"deal.updated","data":{"args":[1,2],"kwargs":{"k":3}}}

      ned > publish {"crmIds":["42"],"name":"deal.closed","data":{"a":[1]}}
      ned > publish {"crmIds":["42"],"data":null}
      ann < [36,1,"…",{"_name":"deal.closed"},[{"a":[1]}]]
      ann < [36,1,"…",{}]
    `);
  });

  it("[R8] _only_crm_ids and _key mean what they mean elsewhere", async () => {
    const node = await joined(["ann", "bob", "eve"]);
    await node.play(`
      ann > [32,1,{},"t"]
      bob > [32,1,{},"t"]
      bob > [32,2,{},"crm.7"]
      ann < [33,1,1]
      bob < [33,1,1]
      bob < [33,2,2]

      eve > [16,1,{"_only_crm_ids":["7"]},"t",["x"]]
      bob < [36,1,"…",{},["x"]]

      eve > [16,2,{"_key":"k"},"crm.7",["y"]]
      eve > [16,3,{"_key":"k"},"crm.7",["y"]]
      bob < [36,2,"…",{},["y"]]
    `);
  });
});
