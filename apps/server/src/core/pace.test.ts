import { describe, expect, it } from "vitest";
import type { Event } from "./event.ts";
import { Joining } from "./joining.ts";
import type { Member } from "./member.ts";
import { Pace } from "./pace.ts";
import { Room } from "./room.ts";
import { Turn } from "./turn.ts";

/** Members that join, each with a history of its own, and turns that end when they are told to. */
function pacing() {
  const ends: (() => void)[] = [];
  const turn = new Turn(
    (end) => ends.push(end),
    (error) => expect.fail(String(error)),
  );
  const pace = new Pace(turn);
  const limits = { heldEventsMax: 10, sendBufferBytesMax: 10_000_000 };
  const room = new Room(1, () => undefined);

  /** @param events how many it has missed @returns how many it has heard */
  const join = (events: number) => {
    const joined = { heard: 0, leave: () => room.remove(member) };
    const member: Member = {
      id: "s",
      subject: undefined,
      role: undefined,
      follows: () => false,
      language: { subprotocol: "test", event: () => "" },
      send: () => (joined.heard += 1),
      whenRoom: (task) => task(),
      fail: (error) => expect.fail(String(error)),
    };
    let read = 0;
    const next = async () => {
      const page = Array.from({ length: Math.min(500, events - read) }, () => eventAt((read += 1)));
      return page;
    };
    const history = { complete: true, position: { epoch: "e", offset: events }, next };
    new Joining(member, room, { limits, pace }).toHistory(history, 0).start();
    return joined;
  };

  /** What is done until nothing more can be done in this turn; then the turn ends. */
  const endTurn = async () => {
    await new Promise((resolve) => void setImmediate(resolve));
    for (const end of ends.splice(0)) end();
  };
  return { join, endTurn, room };
}

function eventAt(offset: number): Event {
  return { topic: "a", offset, publication: "p", name: "message", data: "1", time: 0 };
}

describe("histories", () => {
  it("[R10] leave a part in each turn, however long they are, and each has its turn", async () => {
    const { join, endTurn } = pacing();
    const joined = [join(5_000), join(5_000), join(5_000)];
    const all = () => joined.reduce((sum, { heard }) => sum + heard, 0);
    for (let turns = 1; all() < 15_000; turns++) {
      const before = all();
      await endTurn();
      expect(all() - before).toBeLessThanOrEqual(1_000);
      expect(turns).toBeLessThan(30);
      if (turns === 6) for (const { heard } of joined) expect(heard).toBeGreaterThan(0);
    }
  });

  it("[R10] that are short leave in one turn, many of them", async () => {
    const { join, endTurn } = pacing();
    const joined = Array.from({ length: 300 }, () => join(3));
    await endTurn();
    expect(joined.filter(({ heard }) => heard === 3)).toHaveLength(300);
  });

  it("[R5] of those who have left hold nobody up", async () => {
    const { join, endTurn, room } = pacing();
    const gone = [join(5_000), join(5_000), join(5_000), join(5_000)];
    const stays = join(400);
    for (const { leave } of gone) leave();
    for (let i = 0; i < 4; i++) await endTurn();
    expect(stays.heard).toBe(400);
    expect(room.size).toBe(1);
  });
});
