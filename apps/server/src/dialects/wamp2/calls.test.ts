import { describe, expect, it } from "vitest";
import { hello, join, joined, wamp2Json } from "../../../test/wamp2.ts";
import { native } from "../native/native.ts";
import { numberOf } from "./ids.ts";

const add = numberOf("com.add");

describe("registering", () => {
  it("[R31] a procedure is answered by whoever registered it, until it is unregistered", async () => {
    const node = await joined(["ann", "bob"]);
    await node.play(`
      bob > [64,1,{},"com.add"]
      bob < [65,1,${add}]

      ann > [48,7,{},"com.add",[1,2],{"k":3}]
      bob < [68,1,${add},{},[1,2],{"k":3}]
      bob > [70,1,{},[3],{"sum":true}]
      ann < [50,7,{},[3],{"sum":true}]

      bob > [66,2,${add}]
      bob < [67,2]
      ann > [48,8,{},"com.add"]
      ann < [8,48,8,{},"wamp.error.no_such_procedure","…"]
    `);
  });

  it("[R31] REGISTERED comes before the first INVOCATION, even where the call came first", async () => {
    const node = await joined(["ann", "bob"]);
    await node.play(`
      bob > [64,1,{},"com.add"]
      ann > [48,1,{},"com.add"]
      bob < [65,1,${add}]
      bob < [68,1,${add},{}]
      bob > [70,1,{}]
      ann < [50,1,{}]
    `);
  });

  it("[R31] what is taken, reserved, no URI, a pattern or not mine is refused", async () => {
    const node = await joined(["ann", "bob"]);
    await node.play(`
      bob > [64,1,{},"com.add"]
      bob < [65,1,${add}]

      bob > [64,2,{},"com.add"]
      ann > [64,1,{"invoke":"roundrobin"},"com.add"]
      ann > [64,2,{},"wamp.session.kill"]
      ann > [64,3,{},"com add"]
      ann > [64,4,{"match":"prefix"},"com"]
      ann > [64,5,{"invoke":"any"},"com"]
      ann > [66,6,${add}]
      bob < [8,64,2,{},"wamp.error.procedure_already_exists","…"]
      ann < [8,64,2,{},"wamp.error.invalid_uri","…"]
      ann < [8,64,3,{},"wamp.error.invalid_uri","…"]
      ann < [8,64,4,{},"wamp.error.option_not_allowed","…"]
      ann < [8,64,5,{},"wamp.error.invalid_argument","…"]
      ann < [8,66,6,{},"wamp.error.no_such_registration","…"]
      ann < [8,64,1,{},"wamp.error.procedure_already_exists","…"]
    `);
  });

  it("[R31] several share a procedure, and its number", async () => {
    const node = await joined(["ann", "bob", "eve"]);
    await node.play(`
      bob > [64,1,{"invoke":"roundrobin"},"com.add"]
      eve > [64,1,{"invoke":"roundrobin"},"com.add"]
      bob < [65,1,${add}]
      eve < [65,1,${add}]

      ann > [48,1,{},"com.add",["x"]]
      ann > [48,2,{},"com.add",["y"]]
      bob < [68,1,${add},{},["x"]]
      eve < [68,1,${add},{},["y"]]
    `);
  });
});

describe("answering", () => {
  it.each([
    ["a.b.c", ""],
    ["a.b.c", ',["why"]'],
    ["a.b.c", ',["why",1],{"k":[2]}'],
    ["a.b.c", ',[],{"k":1}'],
    ["a.b.c", ',[{"x":12345678901234567890}]'],
    ["a.b.c", ',[""]'],
    ["wamp.error.invalid_argument", ',["n: must be a number"]'],
    ["wamp.error.runtime_error", ',["bug"]'],
    ["switchboard.error.not_found", ',["gone"]'],
  ])("[R31] an error %s%s arrives as the callee said it", async (uri, payload) => {
    const node = await joined(["ann", "bob"]);
    await node.play(`
      bob > [64,1,{},"com.add"]
      bob < [65,1,${add}]

      ann > [48,1,{},"com.add"]
      bob < [68,1,${add},{}]
      bob > [8,68,1,{},"${uri}"${payload}]
      ann < [8,48,1,{},"${uri}"${payload.replace("12345678901234567890", "12345678901234567000")}]
    `);
    expect(node.client("ann").socket.texts.at(-1)).toBe(`[8,48,1,{},"${uri}"${payload}]`);
  });

  it("[R31] a session answers what it was asked itself, and nothing else", async () => {
    const node = await joined(["ann", "bob", "eve"]);
    await node.play(`
      bob > [64,1,{},"com.add"]
      bob < [65,1,${add}]

      ann > [48,1,{},"com.add"]
      bob < [68,1,${add},{}]
      eve > [70,1,{},["forged"]]
      eve > [8,68,1,{},"a.b"]
      ann > [70,1,{},["forged"]]

      bob > [70,1,{},["real"]]
      bob > [70,1,{},["again"]]
      ann < [50,1,{},["real"]]
    `);
  });

  it("[R31] an error that is nested too deeply to be carried ends the call all the same", async () => {
    const node = await joined(["ann", "bob"]);
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    await node.play(`
      bob > [64,1,{},"com.add"]
      bob < [65,1,${add}]
      ann > [48,1,{},"com.add"]
      bob < [68,1,${add},{}]
      bob > [8,68,1,{},"com.bad",["m"],{"deep":${deep}}]
      ann < [8,48,1,{},"switchboard.error.internal","…"]
    `);
  });

  it("[R31] a callee that leaves cancels the calls that it was asked", async () => {
    const node = await joined(["ann", "bob"]);
    await node.play(`
      bob > [64,1,{},"com.add"]
      bob < [65,1,${add}]

      ann > [48,1,{},"com.add"]
      bob < [68,1,${add},{}]
      bob > cut
      ann < [8,48,1,{},"wamp.error.canceled","…"]
    `);
  });

  it("[R31] progress is passed on where the caller wants it, whatever the callee announced", async () => {
    const node = await joined(["ann", "bob"]);
    await node.play(`
      bob > [64,1,{},"com.add"]
      bob < [65,1,${add}]

      ann > [48,1,{"receive_progress":true},"com.add"]
      bob < [68,1,${add},{"receive_progress":true}]
      bob > [70,1,{"progress":true},[1]]
      bob > [70,1,{"progress":true}]
      bob > [70,1,{},[2]]
      ann < [50,1,{"progress":true},[1]]
      ann < [50,1,{"progress":true}]
      ann < [50,1,{},[2]]

      ann > [48,2,{},"com.add"]
      bob < [68,2,${add},{}]
      bob > [70,2,{"progress":true},[1]]
      bob > [70,2,{},[2]]
      ann < [50,2,{},[2]]
    `);
  });

  it("[R31] the caller is told where it wants it, or the registration does", async () => {
    const node = await joined(["ann", "bob"]);
    await node.play(`
      bob > [64,1,{},"com.add"]
      bob > [64,2,{"disclose_caller":true},"com.ask"]
      bob < [65,1,${add}]
      bob < [65,2,"…"]

      ann > [48,1,{},"com.add"]
      ann > [48,2,{"disclose_me":true},"com.add"]
      ann > [48,3,{},"com.ask"]
      bob < [68,1,${add},{}]
      bob < [68,2,${add},{"caller":@ann}]
      bob < [68,3,"…",{"caller":@ann}]
    `);
    expect(node.client("bob").socket.texts.at(-3)).toContain(`,{}]`);
  });

  it("[R31] an answer that is too large is payload_size_exceeded for the caller", async () => {
    const node = await joined(["ann", "bob"], { limits: { frameBytesMax: 200 } });
    await node.play(`
      bob > [64,1,{},"com.add"]
      bob < [65,1,${add}]

      ann > [48,1,{},"com.add"]
      bob < [68,1,${add},{}]
      bob > [70,1,{},["${"x".repeat(200)}"]]
      ann < [8,48,1,{},"wamp.error.payload_size_exceeded","…"]
    `);
  });
});

describe("giving up", () => {
  async function calling(helloOfAnn = hello) {
    const node = await joined(["bob"]);
    node.open("ann", [], wamp2Json);
    await node.play(`
      ann > ${helloOfAnn}
      ann < [2,"…",{}]
      bob > [64,1,{},"com.add"]
      bob < [65,1,${add}]

      ann > [48,1,{},"com.add"]
      bob < [68,1,${add},{}]
    `);
    return node;
  }

  it.each([
    ["skip", '{"mode":"skip"}', ""],
    [
      "killnowait",
      '{"mode":"killnowait"}',
      'bob < [69,1,{"mode":"killnowait","reason":"wamp.error.canceled"}]',
    ],
    ["no mode", "{}", 'bob < [69,1,{"mode":"killnowait","reason":"wamp.error.canceled"}]'],
  ])("[R31] %s ends the call at once", async (_, options, heard) => {
    const node = await calling();
    await node.play(`
      ann > [49,1,${options}]
      ann < [8,48,1,{},"wamp.error.canceled","…"]
      ${heard}

      bob > [70,1,{},["late"]]
      ann > [49,1,${options}]
    `);
  });

  it.each([
    ['[8,68,1,{},"wamp.error.canceled"]', '[8,48,1,{},"wamp.error.canceled"]'],
    ['[70,1,{},["done"]]', '[50,1,{},["done"]]'],
  ])("[R31] kill waits for what the callee says: %s", async (said, heard) => {
    const node = await calling();
    await node.play(`
      ann > [49,1,{"mode":"kill"}]
      bob < [69,1,{"mode":"kill","reason":"wamp.error.canceled"}]

      bob > ${said}
      ann < ${heard}
    `);
  });

  it("[R31] who announced no call_canceling as callee hears no INTERRUPT, and is not waited for", async () => {
    const node = await joined(["ann"]);
    node.open("old", [], wamp2Json);
    await node.play(`
      old > [1,"realm1",{"roles":{"callee":{"features":{"progressive_call_results":true}}}}]
      old < [2,"…",{}]
      old > [64,1,{},"com.add"]
      old < [65,1,${add}]

      ann > [48,1,{},"com.add"]
      ann > [48,2,{},"com.add"]
      old < [68,1,${add},{}]
      old < [68,2,${add},{}]
      ann > [49,1,{"mode":"kill"}]
      ann > [49,2,{"mode":"killnowait"}]
      ann < [8,48,2,{},"wamp.error.canceled","…"]
      ann < [8,48,1,{},"wamp.error.canceled","…"]
    `);
  });

  it("[R31] AutobahnJS forgets a call that it cancels: it hears nothing more of it, but for kill", async () => {
    const autobahn =
      '[1,"r",{"roles":{"caller":{"features":{"call_canceling":true}},"callee":{"features":{}}}}]';
    const node = await calling(autobahn);
    await node.play(`
      ann > [49,1,{"mode":"skip"}]
      bob > [70,1,{},["late"]]

      ann > [48,2,{},"com.add"]
      bob < [68,2,${add},{}]
      ann > [49,2,{}]
      bob < [69,2,{"mode":"killnowait","reason":"wamp.error.canceled"}]

      ann > [48,3,{},"com.add"]
      bob < [68,3,${add},{}]
      ann > [49,3,{"mode":"kill"}]
      bob < [69,3,{"mode":"kill","reason":"wamp.error.canceled"}]
      bob > [8,68,3,{},"wamp.error.canceled"]
      ann < [8,48,3,{},"wamp.error.canceled"]
    `);
  });

  it("[R31] a timeout is the caller's own; without one there is none", async () => {
    const node = await calling();
    await node.play(`
      ann > [48,2,{"timeout":1000},"com.add"]
      bob < [68,2,${add},{}]
    `);
    node.clock.advance(1_000);
    await node.play(`
      ann < [8,48,2,{},"wamp.error.timeout","…"]
      bob < [69,2,{"mode":"killnowait","reason":"wamp.error.timeout"}]
    `);
    node.clock.advance(24 * 60 * 60_000);
    await node.play(`
      bob > [70,1,{},["after a day"]]
      ann < [50,1,{},["after a day"]]
    `);
  });

  it("[R31] a caller that leaves interrupts the callee", async () => {
    const node = await calling();
    await node.play(`
      ann > cut
      bob < [69,1,{"mode":"killnowait","reason":"wamp.error.canceled"}]
    `);
  });

  it("[R31] the Request of a call in flight is not used again", async () => {
    const node = await calling();
    await node.play(`
      ann > [48,1,{},"com.add"]
      ann < [3,{"message":"CALL.Request is that of a call in flight"},"wamp.error.protocol_violation"]
      ann < close 1002
      bob < [69,1,{"mode":"killnowait","reason":"wamp.error.canceled"}]
    `);
  });

  it("[R31] a call in pieces is feature_not_supported", async () => {
    const node = await joined(["ann"]);
    await node.play(`
      ann > [48,1,{"progress":true},"com.add",[1]]
      ann < [8,48,1,{},"wamp.error.feature_not_supported","…"]
    `);
  });
});

describe("with other languages", () => {
  it("[R31] a native caller and a WAMP callee", async () => {
    const node = await joined(["bob"]);
    node.open("ned", [], native);
    await node.play(`
      ned > hello
      ned < welcome
      bob > [64,1,{},"com.add"]
      bob < [65,1,${add}]

      ned > call {"id":1,"procedure":"com.add","data":{"a":1}}
      bob < [68,1,${add},{"_caller":"@ned"},[{"a":1}]]
      bob > [70,1,{},[1,2]]
      ned < result {"id":1,"data":{"args":[1,2]}}

      ned > call {"id":2,"procedure":"com.add"}
      bob < [68,2,${add},{"_caller":"@ned"}]
      bob > [8,68,2,{},"wamp.error.invalid_argument",["a: is missing"]]
      ned < error {"id":2,"code":"invalid_argument","message":"a: is missing"}

      ned > call {"id":3,"procedure":"com.add"}
      bob < [68,3,${add},{"_caller":"@ned"}]
      bob > [8,68,3,{},"com.closed",["no",1],{"k":2}]
      ned < error {"id":3,"code":"com.closed","message":"no","details":{"args":["no",1],"kwargs":{"k":2}}}
    `);
  });

  it("[R31] a WAMP caller and a native callee, which does not hear who calls unless that was wanted", async () => {
    const node = await joined(["ann"]);
    node.open("ned", [], native);
    await node.play(`
      ned > hello
      ned < welcome
      ned > register {"id":1,"procedure":"deal.close"}
      ned < registered {"id":1}

      ann > [48,1,{},"deal.close",[],{"id":7}]
      ned < invocation {"id":1,"data":{"kwargs":{"id":7}}}
    `);
    expect(node.client("ned").socket.texts.at(-1)).not.toContain("caller");
    await node.play(`
      ned > error {"id":1,"code":"deal closed","message":"too late","details":{"at":1}}
      ann < [8,48,1,{},"deal_closed",["too late"],{"details":{"at":1}}]

      ann > [48,2,{"disclose_me":true},"deal.close"]
      ned < invocation {"id":2,"caller":{"session":"@ann"}}
      ann > [49,2,{"mode":"kill"}]
      ned < interrupt {"id":2}
      ann < [8,48,2,{},"wamp.error.canceled","…"]
    `);
  });

  it("[R31] the server's own procedures answer, too", async () => {
    const node = await joined([]);
    node.node.dealer.own((procedure) => (procedure === "switchboard.ok" ? async () => '"yes"' : undefined));
    await join(node, "ann");
    await node.play(`
      ann > [48,1,{},"switchboard.ok"]
      ann < [50,1,{},["yes"]]
    `);
  });
});
