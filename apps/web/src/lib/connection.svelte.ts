import { type Client, createClient, type Status, storagePositions } from "@switchboard/sdk";

import { connectionWords } from "./connection-words.ts";
import type { Tone } from "./log-row.ts";
import { duration } from "./times.ts";

/** A turn in the connection's life, told in a row of the log. */
export interface ConnectionNews {
  readonly tone: Tone;
  readonly text: string;
  readonly advice?: string;
}

const tokenKey = "switchboard.token";

/** The one connection of the page, in the reader's words. It outlives every change of page. */
export class Connection {
  readonly client: Client;
  status = $state.raw<Status>({ state: "connecting", attempt: 1, since: Date.now() });
  token = $state.raw(sessionStorage.getItem(tokenKey) ?? "");
  #now = $state.raw(Date.now());
  #wasLive = $state.raw(false);
  readonly words = $derived(connectionWords(this.status, this.#now, this.#wasLive));
  readonly #tell: (news: ConnectionNews) => void;

  constructor(tell: (news: ConnectionNews) => void) {
    this.#tell = tell;
    this.client = createClient({
      client: "web page",
      token: () => this.token,
      positions: storagePositions(sessionStorage),
    });
    this.#turn(this.client.status);
    this.client.onStatus((status) => this.#turn(status));
    setInterval(() => {
      if (this.status.state === "waiting") this.#now = Date.now();
    }, 250);
  }

  get live(): boolean {
    return this.status.state === "live";
  }

  reconnect(): void {
    this.client.reconnect();
  }

  /** From now on the server is shown this token; it is forgotten when the tab is closed. */
  useToken(token: string): void {
    this.token = token;
    sessionStorage.setItem(tokenKey, token);
    this.client.reconnect();
  }

  #turn(status: Status): void {
    const before = this.status;
    this.#now = Date.now();
    this.status = status;
    if (status.state === "live" && before.state !== "live") {
      const away = "since" in before ? ` after ${duration(status.since - before.since)}` : "";
      this.#tell({ tone: "good", text: this.#wasLive ? `Reconnected${away}` : "Connected" });
      this.#wasLive = true;
    } else if (before.state === "live" && status.state !== "live" && status.state !== "closed") {
      const reason = status.state === "waiting" && status.reason !== "" ? `: ${status.reason}` : "";
      this.#tell({ tone: "warn", text: `Connection lost${reason}` });
    } else if (status.state === "closed" && before.state !== "closed") {
      const { text, detail } = this.words;
      this.#tell({ tone: "bad", text, ...(detail === undefined ? {} : { advice: detail }) });
    }
  }
}
