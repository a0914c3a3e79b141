import { describe, expect, it } from "vitest";
import { TestNode, type Client, type TestNodeOptions } from "../../../test/harness.ts";
import { Refusal } from "../../core/errors.ts";
import type { Session } from "../../core/session.ts";
import { native } from "../native/native.ts";
import type { CurieRule } from "./prefixes.ts";
import { wamp1 } from "./wamp1.ts";

/** A node on which everybody speaks WAMP v1, and was welcomed. */
async function welcomed(names: string, options: TestNodeOptions & { curie?: CurieRule } = {}) {
  const node = new TestNode({ dialect: wamp1(options.curie ?? "spec"), ...options });
  const clients = names.split(" ").map((name) => node.open(name));
  await node.settle();
  for (const client of clients)
    expect(client.take()).toEqual([[0, client.session.id, 1, "switchboard/0.0.0"]]);
  return { node, clients };
}

describe("the connection", () => {
  it("[R32] WELCOME comes first, and with it the session's id", async () => {
    const { clients } = await welcomed("ann bob");
    expect(new Set(clients.map(({ session }) => session.id)).size).toBe(2);
  });

  it("[R32] the crmIds of the URL, and those that the application assigns, are followed before WELCOME", async () => {
    const onOpen = (session: Session) => session.assign("43");
    const node = new TestNode({ dialect: wamp1("spec"), hooks: { onOpen } });
    const ann = node.open("ann", ["42"]);
    await node.settle();
    expect(ann.session.crmIds).toEqual(["42", "43"]);
    await node.play(`
      ann < [0,"@ann",1,"…"]
      ann > [5,"crm.42"]
      ann > [7,"crm.42",{"a":1}]
      ann < [8,"crm.42",{"a":1}]
      ann > [7,"crm.43",1]
      ann < [8,"crm.43",1]
    `);
  });

  it("[R32] a crmId of the URL that is none ends the connection, and says why", async () => {
    const node = new TestNode({ dialect: wamp1("spec") });
    const ann = node.open("ann", ["4 2"]);
    await node.settle();
    expect(ann.socket.closed).toEqual({
      code: 1007,
      reason: expect.stringContaining('crmId: "4 2"') as string,
    });
    expect(ann.socket.frames).toEqual([]);
  });

  it("[R32] whom the application refuses hears no WELCOME", async () => {
    const onOpen = () => {
      throw new Refusal("forbidden", "not you");
    };
    const node = new TestNode({ dialect: wamp1("spec"), hooks: { onOpen } });
    node.open("ann");
    await node.play("ann < close 4503");
  });

  it("[R32] a crmId that the application does not let it follow ends the connection (4503)", async () => {
    const onSubscribe = () => {
      throw new Refusal("forbidden", "not this record");
    };
    const node = new TestNode({ dialect: wamp1("spec"), hooks: { onSubscribe } });
    node.open("ann", ["42"]);
    await node.play("ann < close 4503");
  });

  it.each([
    [1012, 1006],
    [4001, 1006],
    [4004, 1006],
    [1011, 1006],
    [4503, 4503],
    [4501, 4501],
    [4500, 1007],
  ])("[R32] what the server ends with %i ends here with %i: who may come back is cut", async (code, told) => {
    const { node } = await welcomed("ann");
    node.client("ann").session.close(code, "");
    await node.play(`ann < close ${told}`);
  });

  it("[R18][R33] a drain is not told: there is no word for it", async () => {
    const { node } = await welcomed("ann");
    node.client("ann").session.drain(1_000);
    await node.play("");
  });
});

describe("SUBSCRIBE, UNSUBSCRIBE, PUBLISH and EVENT", () => {
  it("[R32] an event reaches whoever subscribes, the publisher too, and nobody else; nothing is acknowledged", async () => {
    const { node } = await welcomed("ann bob eve");
    await node.play(`
      ann > [5,"http://example.com/simple#topic"]
      bob > [5,"http://example.com/simple#topic"]
      ann > [7,"http://example.com/simple#topic",{"text":"é","none":{}}]
      ann < [8,"http://example.com/simple#topic",{"text":"é","none":{}}]
      bob < [8,"http://example.com/simple#topic",{"text":"é","none":{}}]
      bob > [6,"http://example.com/simple#topic"]
      eve > [7,"http://example.com/simple#topic",1]
      ann < [8,"http://example.com/simple#topic",1]
    `);
  });

  it("[R7] the event travels as it was sent: digits, order of keys, white space", async () => {
    const { node, clients } = await welcomed("ann bob");
    const event = '{"b": 12345678901234567890,"a":1.0, "1":"\\u00e9"}';
    node.client("bob").say('[5,"t"]');
    node.client("ann").say(`[ 7 , "t" , ${event} ]`);
    await node.settle();
    expect(clients[1]?.socket.texts.at(-1)).toBe(`[8,"t",${event}]`);
  });

  it("[R32] a second subscribe changes nothing; leaving what is not subscribed to neither", async () => {
    const { node } = await welcomed("ann");
    await node.play(`
      ann > [6,"t"]
      ann > [5,"t"]
      ann > [5,"t"]
      ann > [7,"t",1]
      ann < [8,"t",1]
      ann > [6,"t"]
      ann > [6,"t"]
      ann > [7,"t",2]

      ann > [5,"t"]
      ann > [7,"t",3]
      ann < [8,"t",3]
    `);
    expect(node.unsaid).toEqual([]);
  });

  it("[R32] subscribed, left and subscribed again in one turn: subscribed", async () => {
    const { node } = await welcomed("ann");
    await node.play(`
      ann > [5,"t"]
      ann > [6,"t"]
      ann > [5,"t"]
      ann > [6,"t"]
      ann > [5,"t"]

      ann > [7,"t",1]
      ann < [8,"t",1]
      ann > [6,"t"]

      ann > [7,"t",2]
    `);
  });

  it("[R32] who was refused may try again", async () => {
    let refused = 0;
    const onSubscribe = () => {
      if ((refused += 1) === 1) throw new Refusal("forbidden", "not yet");
    };
    const { node } = await welcomed("ann", { hooks: { onSubscribe } });
    await node.play(`
      ann > [5,"t"]
      ann > [5,"t"]

      ann > [7,"t",1]
      ann < [8,"t",1]
    `);
  });

  it("[R32] a publish does not overtake a subscribe of which the application is asked", async () => {
    const onSubscribe = () => new Promise<void>((resolve) => void setTimeout(resolve, 5));
    const { node } = await welcomed("ann", { hooks: { onSubscribe } });
    node.client("ann").say('[5,"t"]');
    node.client("ann").say('[7,"t",1]');
    await expect.poll(async () => (await node.settle(), node.client("ann").take())).toEqual([[8, "t", 1]]);
  });

  it('[R32] 5 and "5" are one topic, and binary frames are text', async () => {
    const { node } = await welcomed("ann");
    node.client("ann").say(new TextEncoder().encode('[5,"5"]'));
    await node.play(`
      ann > [7,5,"ö"]
      ann < [8,"5","ö"]
    `);
  });

  it("[R32] what follows the last element that is known is ignored; a publish without an event is null", async () => {
    const { node } = await welcomed("ann");
    await node.play(`
      ann > [5,"t","more"]
      ann > [7,"t",1,false,[],"more",2]
      ann < [8,"t",1]
      ann > [7,"t"]
      ann < [8,"t",null]
      ann > [6,"t",null]
    `);
  });

  it("[R32] all languages meet in the same topics: a name, offsets and the like are left out here", async () => {
    const { node } = await welcomed("ann");
    node.open("bob", ["42"], native);
    await node.play(`
      bob < welcome {}
      ann > [5,"crm.42"]
      ann > [7,"crm.42",{"a":1}]
      ann < [8,"crm.42",{"a":1}]
      bob < event {"topic":"crm.42","name":"message","data":{"a":1}}
      bob > publish {"crmIds":["42"],"name":"deal.updated","data":[1]}
      ann < [8,"crm.42",[1]]
      bob > publish {"crmIds":["42"],"data":2,"exclude":["@ann"]}
      bob > publish {"crmIds":["42"],"data":3,"eligible":["@ann"]}
      ann < [8,"crm.42",3]
      ann > [7,"crm.42",4,["@bob"]]
      ann < [8,"crm.42",4]
    `);
  });

  it.each([
    ["an empty topic", '[5,""]'],
    ["no topic at all", "[5,null]"],
    ["white space", '[5,"a b"]'],
    ["256 bytes", JSON.stringify([5, "x".repeat(256)])],
    ["a publish to such", '[7,"a b",1]'],
    ["a topic of the server", '[7,"wamp.x",1]'],
    ["leaving such", '[6,""]', 0],
  ])("[R32] %s is refused without a word, and logged; the connection lives", async (_, said, logged = 1) => {
    const { node } = await welcomed("ann");
    node.client("ann").say(said);
    await node.play(`
      ann > [5,"t"]
      ann > [7,"t",1]
      ann < [8,"t",1]
    `);
    expect(node.unsaid).toHaveLength(logged);
  });

  it("[R32] so are what the application refuses, and what is too large", async () => {
    const refuse = () => {
      throw new Refusal("forbidden", "no");
    };
    const { node } = await welcomed("ann", {
      hooks: { onSubscribe: refuse, onPublish: refuse },
      limits: { frameBytesMax: 100 },
    });
    await node.play(`
      ann > [5,"t"]
      ann > [7,"t",1]
      ann > [7,"t","${"é".repeat(50)}"]
    `);
    const codes = node.unsaid.map((one) => one.split(":", 1)[0] as string);
    expect(codes.toSorted()).toEqual(["forbidden", "forbidden", "too_large"]);
    expect(node.client("ann").session.crmIds).toEqual([]);
  });
});

describe("what is no message", () => {
  it.each([
    ["no JSON", "nonsense"],
    ["an empty text", ""],
    ["unclosed", '[5,"t"'],
    ["null", "null"],
    ["a number", "5"],
    ["a text", '"[5]"'],
    ["an object", '{"0":5,"1":"t"}'],
    ["another language's frame", '{"type":"hello"}'],
    ["WAMP v2's HELLO", '[1,"realm1",{"roles":{}}]'],
    ["an empty list", "[]"],
    ["WELCOME", '[0,"x",1,"y"]'],
    ["CALLRESULT", '[3,"x",1]'],
    ["CALLERROR", '[4,"x","y","z"]'],
    ["EVENT", '[8,"t",1]'],
    ["an unknown type", "[99]"],
    ["a half type", '[5.5,"t"]'],
    ["a negative type", '[-5,"t"]'],
    ["a type in words", '["CALL","x","p"]'],
    ["no type", '[null,"t"]'],
    ["a type that is false", '[false,"t"]'],
    ["a type that is a list", '[[5],"t"]'],
    ["a type of Object's", '["constructor","t"]'],
    ["a topic that is a list", '[5,["t"]]'],
    ["a topic that is true", "[5,true]"],
    ["a call id that is an object", '[2,{"a":1},"p"]'],
    ["SUBSCRIBE alone", "[5]"],
    ["UNSUBSCRIBE alone", "[6]"],
    ["PUBLISH alone", "[7]"],
    ["CALL alone", "[2]"],
    ["PREFIX alone", "[1]"],
    ["a prefix without its URI", '[1,"p"]'],
    ["a prefix whose URI is a number", '[1,"p",5]'],
    ["a prefix that is too long", JSON.stringify([1, "p", "x".repeat(256)])],
    ["eligible that is no list", '[7,"t",1,null,"@bob"]'],
    ["eligible that is true", '[7,"t",1,null,true]'],
  ])("[R32] %s ends the connection (1007), and what comes after it is not heard", async (_, said) => {
    const { node } = await welcomed("ann bob");
    await node.play(`
      bob > [5,"t"]
      ann > text ${said}
      ann > [7,"t","after the end"]
      ann < close 1007
      bob > [7,"t","still here"]
      bob < [8,"t","still here"]
    `);
    expect(node.client("ann").socket.closed?.reason).toMatch(/\w/);
    expect(node.faults).toEqual([]);
  });

  it("[R32] bytes that are no UTF-8 end the connection (1007)", async () => {
    const { node } = await welcomed("ann");
    node.client("ann").say(Uint8Array.of(0x5b, 0x37, 0x2c, 0x22, 0xff, 0x22, 0x5d));
    await node.play("ann < close 1007");
  });

  it("[R32] types are compared loosely, as Ratchet does", async () => {
    const { node } = await welcomed("ann");
    await node.play(`
      ann > [5.0,"t"]
      ann > ["7","t",1]
      ann < [8,"t",1]
      ann > [true,"p","t"]
      ann > ["7.0","p:",2]
      ann < [8,"t",2]
    `);
  });

  it("[R32] more than 1,000 prefixes end the connection", async () => {
    const { node, clients } = await welcomed("ann");
    const [ann] = clients as [Client];
    for (let i = 0; i < 1_000; i++) ann.say(JSON.stringify([1, `p${i}`, "x"]));
    ann.say('[1,"p7","y"]');
    await node.settle();
    expect(ann.take()).toEqual([]);
    ann.say('[1,"another","x"]');
    await node.play("ann < close 1007");
  });
});
