import { describe, expect, it } from "vitest";
import { MemorySocket } from "../../test/memory-socket.ts";
import { TestNode, type Client } from "../../test/harness.ts";
import { hello, wamp2Json } from "../../test/wamp2.ts";
import type { Dialect } from "../core/dialect.ts";
import { Refusal } from "../core/errors.ts";
import { allows, everything, type Grant, type Verb } from "../core/policy.ts";
import { Session } from "../core/session.ts";
import { native } from "./native/native.ts";
import { wamp1 } from "./wamp1/wamp1.ts";

/** How a language says each verb; undefined where it has no word for it. */
interface Language {
  readonly dialect: Dialect;
  readonly opening: readonly string[];
  readonly say: (verb: Verb, topic: string) => unknown;
}

const languages: Readonly<Record<string, Language>> = {
  native: {
    dialect: native,
    opening: ['{"type":"hello"}'],
    say: (type, on) => ({ type, id: 1, [isOfProcedures(type) ? "procedure" : "topic"]: on, data: 1 }),
  },
  "WAMP v1": {
    dialect: wamp1("spec"),
    opening: [],
    say: (verb, on) =>
      ({ subscribe: [5, on], publish: [7, on, 1], call: [2, "c", on], register: undefined })[verb],
  },
  "WAMP v2": {
    dialect: wamp2Json,
    opening: [hello],
    say: (verb, on) => [{ subscribe: 32, publish: 16, call: 48, register: 64 }[verb], 1, {}, on, [1]],
  },
};

const grants: Readonly<Record<string, Partial<Grant>>> = {
  nothing: {},
  "crmId 42": { crmIds: ["42"] },
  "all crmIds": { crmIds: ["*"] },
  "to subscribe to orders": { patterns: { subscribe: ["orders.*"] } },
  "to publish to orders": { patterns: { publish: ["orders.*"] } },
  "to call orders": { patterns: { call: ["orders.>"] } },
  "to register orders": { patterns: { register: ["orders.1"] } },
  "to read": { read: true, admin: true, tickets: true },
  everything,
};

const verbs: readonly Verb[] = ["subscribe", "publish", "call", "register"];
const places = ["crm.42", "crm.43", "orders.1", "orders.1.lines"];

function isOfProcedures(verb: Verb): boolean {
  return verb === "call" || verb === "register";
}

/** Whether the client of another, who may do everything, sees that it was done. */
async function isDone(
  node: TestNode,
  witness: Client,
  session: Session,
  verb: Verb,
  on: string,
): Promise<boolean> {
  if (verb === "subscribe") return [...session.subscriptions].some(({ topic }) => topic === on);
  if (verb === "publish") return witness.take().some(({ type, topic }) => type === "event" && topic === on);
  if (verb === "call")
    return witness.take().some(({ type, procedure }) => type === "invocation" && procedure === on);
  witness.say({ type: "call", id: 99, procedure: on });
  await node.settle();
  return !witness.take().some(({ code }) => code === "no_such_procedure");
}

describe.each(Object.entries(languages))("[R25] in %s", (_, { dialect, opening, say }) => {
  describe.each(Object.entries(grants))("a grant of %s", (_name, given) => {
    const grant: Grant = { crmIds: [], patterns: {}, read: false, admin: false, tickets: false, ...given };
    const cells = verbs.flatMap((verb) => places.map((on) => [verb, on] as const));

    it.each(cells.filter(([verb, on]) => say(verb, on) !== undefined))(
      "%s %s: as the policy says",
      async (verb, on) => {
        const authenticator = { authenticate: () => Promise.reject(new Refusal("unauthenticated", "none")) };
        const node = new TestNode({ authenticator });
        const witness = node.open("witness", [], native);
        witness.session.authority.take(everything);
        witness.say({ type: "hello" });
        witness.say({ type: "subscribe", id: 1, topic: on });
        if (verb === "call") witness.say({ type: "register", id: 2, procedure: on });
        await node.settle();
        witness.take();

        const socket = new MemorySocket();
        const opened = { address: "127.0.0.1", crmIds: [], grant };
        const session = new Session(node.node, dialect, socket, opened);
        dialect.open(session);
        for (const frame of opening) session.receive(frame);
        await node.settle();
        session.receive(JSON.stringify(say(verb, on)));
        await node.settle();
        expect(await isDone(node, witness, session, verb, on)).toBe(allows(grant, verb, on));
        expect(session.ended).toBe(false);
        expect(node.refused.map(({ code }) => code)).toEqual(allows(grant, verb, on) ? [] : ["forbidden"]);
        expect(node.faults).toEqual([]);
      },
    );
  });
});
