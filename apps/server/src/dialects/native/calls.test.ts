import { describe, expect, it } from "vitest";
import { Refusal } from "../../core/errors.ts";
import { TestNode } from "../../../test/harness.ts";

describe("calls", () => {
  it("[R19] a call reaches who registered the procedure, and its answer the caller; the data stays as it was sent", async () => {
    const node = new TestNode();
    const [ann] = await node.welcome("ann", "bob");
    await node.play(`
      bob > register {"id":1,"procedure":"crm.42.confirm"}
      bob < registered {"id":1}
      ann > call {"id":1,"procedure":"crm.42.confirm","data":{"question":"?"}}
      bob < invocation {"id":1,"procedure":"crm.42.confirm","data":{"question":"?"},"caller":{"session":"@ann"}}
    `);
    node.client("bob").say('{"type":"yield","id":1,"data":{"big": 12345678901234567890}}');
    await node.settle();
    expect(ann?.socket.texts.at(-1)).toBe('{"type":"result","id":1,"data":{"big": 12345678901234567890}}');
  });

  it("[R19] nobody answers it: no_such_procedure at once", async () => {
    const node = new TestNode();
    await node.welcome("ann");
    await node.play(`
      ann > call {"id":1,"procedure":"nope"}
      ann < error {"id":1,"code":"no_such_procedure"}
    `);
  });

  it("[R19] progress is heard where it was asked for, and only there", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob");
    await node.play(`
      bob > register {"id":1,"procedure":"p"}
      bob < registered {"id":1}
      ann > call {"id":1,"procedure":"p","progress":true}
      bob < invocation {"id":1,"progress":true}
      bob > yield {"id":1,"progress":true,"data":50}
      ann < result {"id":1,"progress":true,"data":50}
      bob > yield {"id":1,"data":100}
      ann < result {"id":1,"data":100}
      ann > call {"id":2,"procedure":"p"}
      bob < invocation {"id":2}
      bob > yield {"id":2,"progress":true,"data":50}
      bob > yield {"id":2,"data":100}
      ann < result {"id":2,"data":100}
    `);
  });

  it("[R4] what is wrong with a callee's answer is no answer to a request of its own with the same number", async () => {
    const node = new TestNode({ limits: { frameBytesMax: 200 } });
    const [, bob] = await node.welcome("ann", "bob");
    await node.play(`
      bob > register {"id":7,"procedure":"p"}
      bob < registered {"id":7}
      ann > call {"id":1,"procedure":"p"}
      bob < invocation {"id":1}
      bob > error {"id":1,"code":"","message":"no code"}
      bob < error {"code":"invalid_argument"}
      bob > yield {"id":1,"data":"${"x".repeat(200)}"}
      bob < error {"code":"too_large"}
      ann < error {"id":1,"code":"internal"}
    `);
    const errors = bob?.socket.texts.filter((frame) => frame.includes('"error"'));
    expect(errors?.map((frame) => "id" in (JSON.parse(frame) as object))).toEqual([false, false]);
  });

  it("[R19] a callee's error is the caller's, code and details too; what comes after the answer is ignored", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob");
    await node.play(`
      bob > register {"id":1,"procedure":"p"}
      bob < registered {"id":1}
      ann > call {"id":7,"procedure":"p"}
      bob < invocation {"id":1}
      bob > error {"id":1,"code":"ALREADY_CLOSED","message":"it is closed","details":{"at":1}}
      ann < error {"id":7,"code":"ALREADY_CLOSED","message":"it is closed","details":{"at":1}}
      bob > yield {"id":1,"data":1}
      bob > error {"id":1,"code":"x","message":""}
      bob > yield {"id":99,"data":1}
    `);
  });

  it("[R19] cancel ends the call with canceled, and interrupts the callee", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob");
    await node.play(`
      bob > register {"id":1,"procedure":"p"}
      bob < registered {"id":1}
      ann > call {"id":1,"procedure":"p"}
      bob < invocation {"id":1}
      ann > cancel {"id":1}
      bob < interrupt {"id":1}
      ann < error {"id":1,"code":"canceled"}
      bob > yield {"id":1,"data":1}
      ann > cancel {"id":1}
    `);
  });

  it("[R19] a timeout ends the call, and interrupts the callee", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob");
    await node.play(`
      bob > register {"id":1,"procedure":"p"}
      bob < registered {"id":1}
      ann > call {"id":1,"procedure":"p","timeout":50}
      bob < invocation {"id":1}
    `);
    node.clock.advance(50);
    await node.play(`
      bob < interrupt {"id":1}
      ann < error {"id":1,"code":"timeout"}
    `);
  });

  it("[R19] a callee that leaves ends its calls with unavailable at once, and its procedures are free", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob");
    await node.play(`
      bob > register {"id":1,"procedure":"p"}
      bob < registered {"id":1}
      ann > call {"id":1,"procedure":"p"}
      bob < invocation {"id":1}
      bob > cut
      ann < error {"id":1,"code":"unavailable"}
      ann > register {"id":2,"procedure":"p"}
      ann < registered {"id":2}
    `);
  });

  it("[R19] an answer that is too large ends the call, and is refused without a number", async () => {
    const node = new TestNode({ limits: { frameBytesMax: 200 } });
    await node.welcome("ann", "bob");
    await node.play(
      `
      bob > register {"id":1,"procedure":"p"}
      bob < registered {"id":1}
      ann > call {"id":1,"procedure":"p"}
      bob < invocation {"id":1}
      bob > yield {"id":1,"data":"${"x".repeat(300)}"}
      bob < error {"code":"too_large"}
      ann < error {"id":1,"code":"internal"}
    `.replace(',"id":null', ""),
    );
  });

  it.each([
    'error {"id":1,"message":"no code"}',
    'error {"id":1,"code":"","message":""}',
    'error {"id":1,"code":"no.message"}',
    'yield {"id":1,"progress":"yes"}',
  ])("[R19] an answer that is no right frame ends the call, and the callee hears why", async (said) => {
    const node = new TestNode();
    await node.welcome("ann", "bob");
    await node.play(`
      bob > register {"id":1,"procedure":"p"}
      bob < registered {"id":1}
      ann > call {"id":1,"procedure":"p"}
      bob < invocation {"id":1}
      bob > ${said}
      bob < error {"code":"invalid_argument"}
      ann < error {"id":1,"code":"internal"}
    `);
  });

  it("[R19] details that are nested too deeply to be carried end the call, and nothing else", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob");
    await node.play(`
      bob > register {"id":1,"procedure":"p"}
      bob < registered {"id":1}
      ann > call {"id":1,"procedure":"p"}
      bob < invocation {"id":1}
    `);
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    node.client("bob").say(`{"type":"error","id":1,"code":"c","message":"m","details":${deep}}`);
    await node.play(`
      bob < error {"code":"invalid_argument","message":"details: must be nested no more than 1000 deep"}
      ann < error {"id":1,"code":"internal"}
      ann > ping {"id":2}
      ann < pong {"id":2}
    `);
  });

  it("[R19] a caller that leaves interrupts the callee", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob");
    await node.play(`
      bob > register {"id":1,"procedure":"p"}
      bob < registered {"id":1}
      ann > call {"id":1,"procedure":"p"}
      bob < invocation {"id":1}
      ann > cut
      bob < interrupt {"id":1}
    `);
  });

  it("[R19] a procedure is one callee's, unless all agree on how it is shared", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob", "eve");
    await node.play(`
      ann > register {"id":1,"procedure":"p","invoke":"roundrobin"}
      ann < registered {"id":1}
      bob > register {"id":1,"procedure":"p"}
      bob < error {"id":1,"code":"procedure_taken"}
      bob > register {"id":2,"procedure":"p","invoke":"first"}
      bob < error {"id":2,"code":"procedure_taken"}
      bob > register {"id":3,"procedure":"p","invoke":"roundrobin"}
      bob < registered {"id":3}
      ann > register {"id":2,"procedure":"p","invoke":"roundrobin"}
      ann < error {"id":2,"code":"procedure_taken"}
      eve > register {"id":1,"procedure":"switchboard.x"}
      eve < error {"id":1,"code":"forbidden"}
      eve > unregister {"id":2,"procedure":"p"}
      eve < error {"id":2,"code":"not_found"}
    `);
  });

  it.each([
    ["roundrobin", ["ann", "bob", "ann", "bob"]],
    ["first", ["ann", "ann", "ann", "ann"]],
    ["last", ["bob", "bob", "bob", "bob"]],
  ])("[R19] %s chooses among the callees", async (invoke, expected) => {
    const node = new TestNode();
    const clients = await node.welcome("ann", "bob", "eve");
    for (const name of ["ann", "bob"])
      await node.play(`
        ${name} > register {"id":1,"procedure":"p","invoke":"${invoke}"}
        ${name} < registered {"id":1}
      `);
    const asked: string[] = [];
    for (let id = 1; id <= 4; id++) {
      node.client("eve").say({ type: "call", id, procedure: "p" });
      await node.settle();
      for (const [i, name] of ["ann", "bob"].entries()) {
        for (const { type, id: invocation } of clients[i]?.take() ?? []) {
          if (type !== "invocation") continue;
          asked.push(name);
          node.client(name).say({ type: "yield", id: invocation, data: null });
        }
      }
      await node.settle();
    }
    expect(asked).toEqual(expected);
  });

  it("[R14] no more than callsInFlightMax at once, and registrationsMax procedures", async () => {
    const node = new TestNode({ limits: { callsInFlightMax: 1, registrationsMax: 1 } });
    await node.welcome("ann", "bob");
    await node.play(`
      bob > register {"id":1,"procedure":"p"}
      bob < registered {"id":1}
      bob > register {"id":2,"procedure":"q"}
      bob < error {"id":2,"code":"limit_exceeded"}
      ann > call {"id":1,"procedure":"p"}
      bob < invocation {"id":1}
      ann > call {"id":2,"procedure":"p"}
      ann < error {"id":2,"code":"limit_exceeded"}
      bob > yield {"id":1,"data":1}
      ann < result {"id":1,"data":1}
      ann > call {"id":3,"procedure":"p"}
      bob < invocation {"id":2}
    `);
  });
});

describe("receipts", () => {
  it("[R20] the publisher hears how many of those who were sent it acknowledged it, as soon as all have", async () => {
    const node = new TestNode();
    const [, bob, eve] = await node.welcome("ann", "bob:42", "eve:42");
    node.client("ann").say({ type: "publish", id: 1, crmIds: ["42"], data: 1, receipt: 1000 });
    await node.settle();
    const [event] = bob?.take() ?? [];
    expect(eve?.take()).toEqual([event]);
    const ack = JSON.stringify({ ack: event?.["ack"] });
    await node.play(`
      ann < published {"id":1}
      bob > ack ${ack}
      bob > ack ${ack}
    `);
    await node.play(`
      eve > ack ${ack}
      ann < receipt {"id":1,"acked":2,"receivers":2}
    `);
  });

  it("[R20] who is late does not count; nobody to hear it is a receipt at once", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob:42");
    node.client("ann").say({ type: "publish", id: 1, crmIds: ["42"], data: 1, receipt: 100 });
    await node.settle();
    const [event] = node.client("bob").take();
    node.clock.advance(100);
    await node.play(`
      ann < published {"id":1}
      ann < receipt {"id":1,"acked":0,"receivers":1}
      bob > ack ${JSON.stringify({ ack: event?.["ack"] })}
      ann > publish {"id":2,"topic":"nobody","data":1,"receipt":100}
      ann < published {"id":2}
      ann < receipt {"id":2,"acked":0,"receivers":0}
    `);
  });

  it("[R20] a made-up token counts for nothing", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob:42");
    node.client("ann").say({ type: "publish", id: 1, crmIds: ["42"], data: 1, receipt: 100 });
    await node.settle();
    node.client("bob").take();
    await node.play(`
      ann > ack {"ack":"p1.0"}
      ann > ack {"ack":"x"}
      ann < published {"id":1}
    `);
    node.clock.advance(100);
    await node.play(`
      ann < receipt {"id":1,"acked":0,"receivers":1}
    `);
  });
});

describe("presence", () => {
  it("[R21] tells who is there, then who comes, and who has left once the grace period is over", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob:42", "eve");
    await node.play(`
      ann > subscribe {"id":1,"topic":"crm.42","presence":true}
      ann < subscribed {"id":1}
      ann < presence {"topic":"crm.42","joined":[{"session":"@bob"},{"session":"@ann"}],"left":[]}
      eve > subscribe {"id":1,"topic":"crm.42"}
      eve < subscribed {"id":1}
      ann < presence {"joined":[{"session":"@eve"}],"left":[]}
      bob > cut
    `);
    node.clock.advance(4_999);
    await node.play("");
    node.clock.advance(1);
    await node.play(`
      ann < presence {"joined":[],"left":[{"session":"@bob"}]}
    `);
  });

  it("[R5] a second subscribe without presence ends it, as it replaces the first; one to a pattern does not", async () => {
    const node = new TestNode();
    await node.welcome("ann", "bob");
    await node.play(`
      ann > subscribe {"id":1,"topic":"a","presence":true}
      ann < subscribed {"id":1}
      ann < presence {"joined":[{"session":"@ann"}],"left":[]}
      ann > subscribe {"id":2,"topic":"a","match":"wildcard"}
      ann < subscribed {"id":2}
      bob > subscribe {"id":1,"topic":"a"}
      bob < subscribed {"id":1}
      ann < presence {"joined":[{"session":"@bob"}],"left":[]}
      ann > subscribe {"id":3,"topic":"a"}
      ann < subscribed {"id":3}
      bob > unsubscribe {"id":2,"topic":"a"}
      bob < unsubscribed {"id":2}
    `);
    node.clock.advance(60_000);
    await node.play("");
  });

  it("[R21] who comes back as the same session within the grace period was never away", async () => {
    const node = new TestNode();
    const [, bob] = await node.welcome("ann", "bob:42");
    const { secretOf } = { secretOf: () => node.node.sessions.secretOf(bob!.session) };
    const resume = secretOf();
    await node.play(`
      ann > subscribe {"id":1,"topic":"crm.42","presence":true}
      ann < subscribed {"id":1}
      ann < presence {"left":[]}
      bob > cut
    `);
    node.clock.advance(1_000);
    node.open("bob2").say({ type: "hello", resume, crmIds: ["42"] });
    await node.settle();
    expect(node.client("bob2").take()[0]).toMatchObject({ type: "welcome" });
    node.clock.advance(60_000);
    await node.play("");
  });
});

describe("hooks", () => {
  it("[R22] onOpen keeps the client waiting, makes it follow, and may refuse", async () => {
    let letIn = (): void => {};
    const node = new TestNode({
      hooks: {
        async onOpen(session) {
          await new Promise<void>((resolve) => (letIn = resolve));
          if (session.opening.crmIds.includes("0")) throw new Refusal("forbidden", "not this one");
          session.assign("42");
        },
      },
    });
    const ann = node.open("ann");
    ann.say({ type: "hello" });
    await node.settle();
    expect(ann.take()).toEqual([]);
    letIn();
    await node.play(`
      ann < welcome {"crmIds":["42"]}
    `);
    node.open("bob", ["0"]);
    letIn();
    await node.play(`
      bob < close 4503
    `);
  });

  it("[R22] onSubscribe refuses before the session is in the room; onUnsubscribe is told at the end too", async () => {
    const left: string[] = [];
    const node = new TestNode({
      hooks: {
        onSubscribe(_, topic) {
          if (topic === "secret") throw new Refusal("forbidden", "topic: is not for you");
        },
        onUnsubscribe: (_, topic) => void left.push(topic),
        onClose: (_, { code }) => void left.push(String(code)),
      },
    });
    await node.welcome("ann", "bob");
    await node.play(`
      ann > subscribe {"id":1,"topic":"secret"}
      ann < error {"id":1,"code":"forbidden","message":"topic: is not for you"}
      bob > publish {"topic":"secret","data":1}
      ann > subscribe {"id":2,"topic":"open"}
      ann < subscribed {"id":2}
      ann > cut
    `);
    expect(left).toEqual(["open", "1006"]);
    expect([...node.node.broker.topics()]).toEqual([]);
  });

  it("[R22] onMessage drops frames, in order with those that pass", async () => {
    const node = new TestNode({
      hooks: { onMessage: async (_, frame) => typeof frame !== "string" || !frame.includes("drop") },
    });
    await node.welcome("ann");
    await node.play(`
      ann > ping {"id":1}
      ann > ping {"id":2,"why":"drop"}
      ann > ping {"id":3}
      ann < pong {"id":1}
      ann < pong {"id":3}
    `);
  });

  it("[R22] what a hook throws by mistake is an internal error for that request, and reported", async () => {
    const node = new TestNode({
      hooks: {
        onSubscribe() {
          throw new Error("a bug of the application");
        },
      },
    });
    await node.welcome("ann");
    await node.play(`
      ann > subscribe {"id":1,"topic":"a"}
      ann < error {"id":1,"code":"internal"}
      ann > ping {"id":2}
      ann < pong {"id":2}
    `);
    expect(node.faults).toHaveLength(1);
  });
});
