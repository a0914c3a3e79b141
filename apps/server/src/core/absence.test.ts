import { describe, expect, it } from "vitest";
import { TestNode } from "../../test/harness.ts";
import { watchAbsence } from "./absence.ts";
import { alone } from "./peers.ts";
import { Room } from "./room.ts";

describe("when what joins the nodes is away", () => {
  async function watched() {
    const node = new TestNode();
    const clients = await node.welcome("ann", "bob");
    const peers = { ...alone, connected: true };
    watchAbsence(node.node.sessions, peers, node.clock);
    const frames = async () => {
      await node.settle();
      return clients.flatMap((client) => client.take());
    };
    return { node, peers, frames };
  }

  it("[R38] sessions stay for 10 s, then are told when to come back, and ended with 1012", async () => {
    const { node, peers, frames } = await watched();
    node.clock.advance(60_000);
    peers.connected = false;
    node.clock.advance(9_500);
    expect(await frames()).toEqual([]);
    node.clock.advance(5_500);
    const draining = { type: "draining", retryAfter: expect.any(Number) as unknown };
    const ended = [draining, { type: "close", code: 1012 }];
    expect(await frames()).toEqual([...ended, ...ended]);
  });

  it("[R38] where it is back within 10 s nobody is ended", async () => {
    const { node, peers, frames } = await watched();
    for (let i = 0; i < 5; i++) {
      peers.connected = i % 2 === 0;
      node.clock.advance(8_000);
    }
    expect(await frames()).toEqual([]);
  });

  it("[R38] where events are lost for good, those who should have heard them are ended with 1012", async () => {
    const node = new TestNode();
    const [ann, bob, eve] = await node.welcome("ann", "bob", "eve");
    const room = new Room(1, () => undefined);
    for (const client of [ann, bob]) {
      const waiting = { held: [], forgot: undefined, hold: () => {} };
      room.hold(client!.session, waiting);
      if (client === ann) room.admit(client!.session, waiting);
    }
    room.lost();
    await node.settle();
    expect([ann, bob, eve].map((client) => client?.take())).toEqual([
      [{ type: "close", code: 1012 }],
      [{ type: "close", code: 1012 }],
      [],
    ]);
  });
});
