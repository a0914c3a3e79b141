import { closeCodes } from "@switchboard/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { MemoryNetwork } from "../../test/memory-network.ts";
import type { Cluster } from "../engines/cluster/cluster.ts";
import { hmacSigner } from "../signer.ts";
import { Sessions, type Entry } from "./sessions.ts";
import { Watchers } from "./watchers.ts";

const replaced = { code: closeCodes.replaced.code, reason: "" };

/** A connection, as far as the registry knows it. */
class Connection {
  id = "";
  closed: number | undefined;
  readonly language = {};
  readonly opening = { address: "127.0.0.1" };

  close(code: number): void {
    this.closed = code;
  }
}

/** The sessions of one node, and the connections that come to it. */
class SessionsNode {
  readonly clock = new ManualClock();
  readonly sessions: Sessions<Entry & Connection>;

  constructor(peers: Cluster) {
    const { clock } = this;
    const watchers = new Watchers(() => {});
    this.sessions = new Sessions({ clock, signer: hmacSigner("shared"), peers, watchers }, replaced);
  }

  /** A connection comes, and takes up the session of the secret, where it has one. */
  welcome(secret?: string) {
    const connection = new Connection() as Entry & Connection;
    connection.id = this.sessions.add(connection);
    if (secret !== undefined) connection.id = this.sessions.resume(connection, secret) ?? connection.id;
    return { connection, secret: this.sessions.secretOf(connection) };
  }
}

/** What nodes told each other has come. */
const told = () => new Promise((resolve) => setTimeout(resolve, 10));

describe("a session that is resumed on one node after the other", () => {
  let a: SessionsNode;
  let b: SessionsNode;

  beforeEach(async () => {
    const peers = (await new MemoryNetwork().nodes(2, new ManualClock())) as [Cluster, Cluster];
    [a, b] = peers.map((peer) => new SessionsNode(peer)) as [SessionsNode, SessionsNode];
  });

  it("[R12] the word of the earlier node, where it comes late, does not end the later connection", async () => {
    const { secret } = a.welcome();
    const first = a.welcome(secret);
    b.clock.advance(2);
    // No welcome was heard: the secret is still that of before.
    const second = b.welcome(secret);
    await told();
    expect(second.connection.id).toBe(first.connection.id);
    expect([first.connection.closed, second.connection.closed]).toEqual([4005, undefined]);
  });

  it("[R12] nor where the earlier node's clock is ahead, once its welcome was heard", async () => {
    a.clock.advance(60_000);
    const first = a.welcome(a.welcome().secret);
    const second = b.welcome(first.secret);
    await told();
    expect([first.connection.closed, second.connection.closed]).toEqual([4005, undefined]);
    const third = a.welcome(second.secret);
    await told();
    expect([second.connection.closed, third.connection.closed]).toEqual([4005, undefined]);
  });

  it("[R12] nor where an old secret is used again behind it", async () => {
    a.clock.advance(60_000);
    const { secret } = b.welcome();
    const first = a.welcome(secret);
    const second = b.welcome(first.secret);
    const third = b.welcome(secret);
    await told();
    expect([first, second, third].map(({ connection }) => connection.closed)).toEqual([
      4005,
      4005,
      undefined,
    ]);
  });

  it("[R12] of two at the same moment none is left with half of the session", async () => {
    const { secret } = a.welcome();
    const both = [a.welcome(secret), b.welcome(secret)];
    await told();
    expect(both.map(({ connection }) => connection.closed)).toEqual([4005, 4005]);
  });
});
