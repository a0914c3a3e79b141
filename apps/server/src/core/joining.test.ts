import { describe, expect, it } from "vitest";
import type { History } from "./engine.ts";
import type { Audience, Event } from "./event.ts";
import { Joining } from "./joining.ts";
import type { Member } from "./member.ts";
import { Room } from "./room.ts";

const epoch = "e";

function eventAt(offset: number, audience?: Audience): Event {
  return { topic: "a", offset, publication: `p${offset}`, name: "message", data: "1", time: 0, audience };
}

/** A member that notes what it hears, in a room. */
function memberInRoom() {
  const heard: number[] = [];
  const faults: unknown[] = [];
  const member: Member = {
    subject: undefined,
    role: undefined,
    id: "s1",
    follows: () => false,
    language: { subprotocol: "test", event: ({ offset }) => `${offset}` },
    send: (frame) => heard.push(Number(frame)),
    whenRoom: (task) => task(),
    fail: (error) => faults.push(error),
  };
  return { member, heard, faults, room: new Room(1, (id) => (id === member.id ? member : undefined)) };
}

/** A history of these pages; before each is read, `meanwhile` happens. */
function historyOf(
  pages: readonly (readonly number[])[],
  meanwhile: (page: number) => void = () => {},
): History {
  let read = 0;
  return {
    complete: true,
    position: { epoch, offset: 0 },
    async next() {
      meanwhile(read);
      const page = pages[read] ?? [];
      read += 1;
      return page.map((offset) => eventAt(offset));
    },
  };
}

const holding = (heldEventsMax: number) => ({
  limits: { heldEventsMax, sendBufferBytesMax: 1_000_000 },
  pace: { pass: () => undefined, sent: () => {} },
});

const settle = () => new Promise((resolve) => void setImmediate(resolve));

describe("joining", () => {
  it("[R10] the history first, then the news that came meanwhile, and nothing twice", async () => {
    const { member, heard, room } = memberInRoom();
    const joining = new Joining(member, room, holding(10));
    const news = (offset: number) => room.hear(eventAt(offset));
    const history = historyOf([[1, 2], [3], [4]], (page) => news(page + 3));
    joining.toHistory(history, 0).start();
    await settle();
    news(99);
    expect(heard).toEqual([1, 2, 3, 4, 5, 6, 99]);
  });

  it("[R10] what the member has already is not sent again", async () => {
    const { member, heard, room } = memberInRoom();
    new Joining(member, room, holding(10)).toHistory(historyOf([[1, 2, 3]]), 2).start();
    await settle();
    expect(heard).toEqual([3]);
  });

  it("[R10] beyond heldEventsMax the news is read from the history instead", async () => {
    const { member, heard, room } = memberInRoom();
    const joining = new Joining(member, room, holding(3));
    const history = historyOf([[1], [], [2, 3, 4, 5], []], (page) => {
      if (page === 1) for (const offset of [2, 3, 4, 5, 6]) room.hear(eventAt(offset));
    });
    joining.toHistory(history, 0).start();
    await settle();
    expect(heard).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("[R8] held news that is not for the member is not sent", async () => {
    const { member, heard, room } = memberInRoom();
    const joined = new Joining(member, room, holding(10)).toNews({ epoch, offset: 0 });
    expect(room.hear(eventAt(1, { exclude: ["s1"] }))).toBe(0);
    expect(room.hear(eventAt(2, { eligible: ["s1"] }))).toBe(1);
    joined.start();
    expect(heard).toEqual([2]);
  });

  it("[R9] where news is held already, the position told is before it", () => {
    const { member, room } = memberInRoom();
    const joining = new Joining(member, room, holding(10));
    room.hear(eventAt(7));
    room.hear(eventAt(8));
    expect(joining.toNews({ epoch, offset: 8 }).position).toEqual({ epoch, offset: 6 });
  });

  it("[R13] news that is forgotten where there is no history to read it from ends the session", () => {
    const { member, heard, faults, room } = memberInRoom();
    const joining = new Joining(member, room, holding(2));
    for (const offset of [1, 2, 3, 4]) room.hear(eventAt(offset));
    joining.toNews({ epoch, offset: 0 }).start();
    expect({ heard, faults }).toMatchObject({ heard: [], faults: [{ code: 4001 }] });
  });

  it("[R5] who has left cannot join", async () => {
    const { member, heard, room } = memberInRoom();
    const joining = new Joining(member, room, holding(10));
    const joined = joining.toNews({ epoch, offset: 0 });
    room.hear(eventAt(1));
    room.remove(member);
    expect(joining.waits).toBe(false);
    joined.start();
    room.hear(eventAt(2));
    await settle();
    expect([room.size, heard]).toEqual([0, []]);
  });

  it("[R5] who leaves in the middle of the history hears no more of it", async () => {
    const { member, heard, room } = memberInRoom();
    const joining = new Joining(member, room, holding(10));
    const history = historyOf([[1], [2], [3]], (page) => {
      if (page === 1) room.remove(member);
    });
    joining.toHistory(history, 0).start();
    await settle();
    expect([room.size, heard]).toEqual([0, [1]]);
  });

  it("[R5] a second joining takes the place of the first, which hears no more", async () => {
    const { member, heard, room } = memberInRoom();
    const first = new Joining(member, room, holding(10));
    let second: Joining | undefined;
    const history = historyOf([[1], [2], [3]], (page) => {
      if (page === 1) second = new Joining(member, room, holding(10));
    });
    first.toHistory(history, 0).start();
    await settle();
    expect([first.waits, second?.waits, room.size]).toEqual([false, true, 1]);
    second?.toNews(undefined).start();
    room.hear(eventAt(4));
    expect(heard).toEqual([1, 4]);
  });

  it("[R13] a history that fails ends the session, rather than skip what was left", async () => {
    const { member, faults, room } = memberInRoom();
    const failing = { ...historyOf([]), next: () => Promise.reject(new Error("gone")) };
    new Joining(member, room, holding(10)).toHistory(failing, 0).start();
    await settle();
    expect(faults).toMatchObject([{ message: "gone" }]);
  });
});

describe("a room", () => {
  it("[R7] an event is encoded once per dialect, not per member", () => {
    const room = new Room(1, () => undefined);
    let encoded = 0;
    const language = { subprotocol: "x", event: () => `${(encoded += 1)}` };
    const other = { subprotocol: "y", event: () => "y" };
    const heard: string[] = [];
    for (let i = 0; i < 9; i++) {
      const { member } = memberInRoom();
      const speaking = {
        ...member,
        language: i % 3 === 0 ? other : language,
        send: (frame: string) => heard.push(frame),
      };
      new Joining(speaking, room, holding(10)).toNews(undefined).start();
    }
    expect(room.hear(eventAt(1))).toBe(9);
    expect(encoded).toBe(1);
    expect(heard.toSorted().join("")).toBe("111111yyy");
  });

  it("[R29] the retained event comes first, unless it comes as news anyway, or is for others", async () => {
    const { member, heard, room } = memberInRoom();
    const join = (last: Event, ...news: number[]) => {
      room.remove(member);
      const joining = new Joining(member, room, holding(10));
      for (const offset of news) room.hear(eventAt(offset));
      return joining.toNews({ epoch, offset: 5 }, last);
    };
    expect(join(eventAt(4)).retained?.offset).toBe(4);
    expect(join(eventAt(4), 5).retained?.offset).toBe(4);
    expect(join(eventAt(5, { exclude: ["s1"] })).retained).toBeUndefined();
    const both = join(eventAt(6), 6, 7);
    expect(both).toMatchObject({ retained: undefined, position: { offset: 5 } });
    both.start();
    expect(heard).toEqual([6, 7]);
  });

  it("[R29] an engine that tells of the retained event before it is heard does not make it heard twice", async () => {
    const { member, heard, room } = memberInRoom();
    const joined = new Joining(member, room, holding(10)).toNews({ epoch, offset: 5 }, eventAt(6));
    expect(joined.retained?.offset).toBe(6);
    for (const offset of [6, 7]) room.hear(eventAt(offset));
    joined.start();
    expect(heard).toEqual([7]);
  });
});
