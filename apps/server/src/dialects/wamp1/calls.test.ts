import { describe, expect, it } from "vitest";
import { TestNode, type TestNodeOptions } from "../../../test/harness.ts";
import { Refusal } from "../../core/errors.ts";
import { native } from "../native/native.ts";
import { wamp1 } from "./wamp1.ts";

/** Ann speaks WAMP v1; bob, who answers `p`, is native. */
async function calling(options: TestNodeOptions = {}) {
  const node = new TestNode({ dialect: wamp1("spec"), ...options });
  node.open("ann");
  node.open("bob", ["1"], native);
  await node.play(`
    ann < [0,"@ann",1,"…"]
    bob < welcome {}
    bob > register {"id":1,"procedure":"p"}
    bob < registered {"id":1}
  `);
  return node;
}

describe("CALL, CALLRESULT and CALLERROR", () => {
  it("[R32] a call reaches the same procedures as all, and is answered with its own id", async () => {
    const node = await calling();
    await node.play(`
      ann > [2,"x7","p","?"]
      bob < invocation {"id":1,"procedure":"p","data":"?","caller":{"session":"@ann"}}
      bob > yield {"id":1,"data":{"yes":[]}}
      ann < [3,"x7",{"yes":[]}]
      ann > [2,"x8","p"]
      bob < invocation {"id":2}
      bob > yield {"id":2}
      ann < [3,"x8",null]
    `);
  });

  it.each(["7", "1.50", "null", '"a\\u00e9"', '""', "12345678901234567890"])(
    "[R32] the call id %s comes back as it was sent",
    async (id) => {
      const node = await calling();
      node.client("ann").say(`[2, ${id} ,"p"]`);
      node.client("ann").say(`[2, ${id} ,"nobody"]`);
      await node.settle();
      node.client("bob").say('{"type":"yield","id":1,"data":12345678901234567890}');
      await node.settle();
      const [, error, result] = node.client("ann").socket.texts;
      expect(error).toMatch(`[4,${id},"http://api.wamp.ws/error#no_such_procedure",`);
      expect(result).toBe(`[3,${id},12345678901234567890]`);
    },
  );

  it.each([
    ["none", "", undefined],
    ["one", ",1", 1],
    ["a text", ',"x"', "x"],
    ["several", ',1,[2],{"a":3}', { args: [1, [2], { a: 3 }] }],
    ["a single list stands as it is", ",[1,2]", [1, 2]],
    ["an empty one too", ",[]", []],
    ["a list in a list too", ",[[1]]", [[1]]],
    ["a single object stands as it is", ',{"a":1}', { a: 1 }],
    ["so keyword arguments can be given", ',{"args":[1],"kwargs":{"a":2}}', { args: [1], kwargs: { a: 2 } }],
    ["null is an argument", ",null", { args: [null] }],
    ["two lists are two arguments", ",[1],[2]", { args: [[1], [2]] }],
  ])("[R32] arguments: %s", async (_, given, data) => {
    const node = await calling();
    node.client("ann").say(`[2,"c","p"${given}]`);
    await node.settle();
    const [invocation] = node.client("bob").take();
    expect(invocation?.["data"]).toEqual(data);
  });

  it("[R32] every call is answered: by an error of ours, of the callee, or because it has left", async () => {
    const node = await calling();
    await node.play(`
      ann > [2,"1","nobody"]
      ann < [4,"1","http://api.wamp.ws/error#no_such_procedure","…"]
      ann > [2,"2","p"]
      bob < invocation {"id":1}
      bob > error {"id":1,"code":"ALREADY_CLOSED","message":"it is closed","details":{"at":1}}
      ann < [4,"2","http://api.wamp.ws/error#ALREADY_CLOSED","it is closed",{"at":1}]
      ann > [2,"3","p"]
      bob < invocation {"id":2}
      bob > error {"id":2,"code":"http://example.com/error#mine","message":""}
      ann < [4,"3","http://example.com/error#mine",""]
      ann > [2,"4","p"]
      bob < invocation {"id":3}
      bob > error {"id":3,"code":"com.example.mine","message":"m"}
      ann < [4,"4","com.example.mine","m"]
      ann > [2,"5","p"]
      bob < invocation {"id":4}
      bob > error {"id":4,"code":"com.example.mine","message":"m","details":0}
      ann < [4,"5","com.example.mine","m",0]
      ann > [2,"6","p"]
      bob < invocation {"id":5}
      bob > cut
      ann < [4,"6","http://api.wamp.ws/error#unavailable","…"]
    `);
  });

  it("[R32] a callee that does not answer within 30 s is a timeout", async () => {
    const node = await calling();
    await node.play(`
      ann > [2,"1","p"]
      bob < invocation {"id":1}
    `);
    node.clock.advance(30_000);
    await node.play(`
      bob < interrupt {"id":1}
      ann < [4,"1","http://api.wamp.ws/error#timeout","…"]
    `);
  });

  it.each([
    ["without a procedure", '[2,"1"]', "invalid_argument"],
    ["whose procedure is a list", '[2,"1",["p"]]', "invalid_argument"],
    ["whose procedure is no name", '[2,"1","a b"]', "invalid_argument"],
    ["of null", '[2,"1",null]', "invalid_argument"],
    ["that is too large", `[2,"1","p","${"x".repeat(300)}"]`, "too_large"],
  ])("[R32] a call %s is answered with %s", async (_, said, code) => {
    const node = await calling({ limits: { frameBytesMax: 300 } });
    await node.play(`
      ann > text ${said}
      ann < [4,"1","http://api.wamp.ws/error#${code}","…"]
    `);
  });

  it("[R14] more calls than may be in flight are refused", async () => {
    const node = await calling({ limits: { callsInFlightMax: 1 } });
    await node.play(`
      ann > [2,"1","p"]
      bob < invocation {"id":1}
      ann > [2,"2","p"]
      ann < [4,"2","http://api.wamp.ws/error#limit_exceeded","…"]
      bob > yield {"id":1,"data":1}
      ann < [3,"1",1]
    `);
  });

  it("[R32] what the application refuses says when to try again", async () => {
    const onCall = () => {
      throw new Refusal("rate_limited", "slowly", { retryAfterMs: 500 });
    };
    const node = await calling({ hooks: { onCall } });
    await node.play(`
      ann > [2,"1","p"]
      ann < [4,"1","http://api.wamp.ws/error#rate_limited","slowly",{"retryAfter":500}]
    `);
  });

  it("[R19] a slow call delays nothing else, and a caller that leaves is not waited for", async () => {
    const node = await calling();
    await node.play(`
      ann > [2,"1","p"]
      bob < invocation {"id":1}
      ann > [5,"t"]
      ann > [7,"t",1]
      ann < [8,"t",1]
      ann > [2,"2","p"]
      bob < invocation {"id":2}
      bob > yield {"id":2,"data":2}
      ann < [3,"2",2]
      ann > cut
      bob < interrupt {"id":1}
    `);
    expect(node.faults).toEqual([]);
  });
});
