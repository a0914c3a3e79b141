import { describe, expect, it } from "vitest";
import { TestNode } from "../../test/harness.ts";
import type { Conversation } from "./conversation.ts";
import type { Dialect } from "./dialect.ts";
import { Close, Refusal } from "./errors.ts";
import type { Session } from "./session.ts";

/** A dialect whose server speaks first, and repeats what it hears. */
function greeting(greet: (session: Session) => void | Promise<void>, ending?: number): Dialect {
  return {
    subprotocol: "greeting",
    open: (session) => {
      const conversation: Conversation = {
        greet: () => greet(session),
        hear: (frame) => session.send(frame),
        drain() {},
        farewell: ({ code, reason }) => ({ code: ending ?? code, reason }),
      };
      session.begin(conversation);
    },
    event: () => "{}",
  };
}

describe("a dialect whose server speaks first", () => {
  it("[R22] greets once the application has let the client in; what is said meanwhile waits", async () => {
    const gate = Promise.withResolvers<void>();
    const slow = Promise.withResolvers<void>();
    const dialect = greeting(async (session) => {
      await slow.promise;
      session.send(`{"greeting":"${[...session.assigned].join()}"}`);
    });
    const onOpen = async (session: Session) => {
      await gate.promise;
      session.assign("42");
    };
    const node = new TestNode({ dialect, hooks: { onOpen } });
    const ann = node.open("ann");
    ann.say('{"said":1}');
    await node.settle();
    expect(ann.take()).toEqual([]);
    gate.resolve();
    await node.settle();
    expect(ann.take()).toEqual([]);
    slow.resolve();
    await node.settle();
    expect(ann.take()).toEqual([{ greeting: "42" }, { said: 1 }]);
  });

  it("[R22] does not greet whom the application refuses", async () => {
    const onOpen = () => {
      throw new Refusal("forbidden", "not you");
    };
    const greeted: Session[] = [];
    const dialect = greeting((session) => void greeted.push(session));
    const node = new TestNode({ dialect, hooks: { onOpen } });
    const ann = node.open("ann");
    await node.settle();
    expect(ann.take()).toEqual([{ type: "close", code: 4503 }]);
    expect(greeted).toEqual([]);
  });

  it("ends the session with what its greeting throws", async () => {
    const failing = [
      () => {
        throw new Close("forbidden");
      },
      async () => {
        throw new Close("forbidden");
      },
    ];
    for (const greet of failing) {
      const node = new TestNode({ dialect: greeting(greet) });
      const ann = node.open("ann");
      await node.settle();
      expect(ann.take()).toEqual([{ type: "close", code: 4503 }]);
    }
  });

  it("[R13] cuts the connection where its farewell says 1006: what was sent before arrives", async () => {
    const node = new TestNode({ dialect: greeting(() => {}, 1006) });
    const ann = node.open("ann");
    ann.say('{"said":1}');
    ann.session.close(1012, "");
    expect(ann.take()).toEqual([{ said: 1 }, { type: "close", code: 1006 }]);
    expect(node.node.sessions.size).toBe(0);
  });
});
