import { closeCodes } from "@switchboard/protocol";
import { type Client, createClient, type Status, storagePositions } from "@switchboard/sdk";

import { connectionWords } from "./connection-words.ts";
import type { Tone } from "./log-row.ts";
import type { Target } from "./snippets.ts";
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
  readonly live = $derived(this.status.state === "live");
  /** Why the server wants a token, or another one, if it does. */
  readonly demand = $derived.by(() => {
    if (this.status.state !== "closed") return undefined;
    const { code, reason } = this.status;
    if (code !== closeCodes.unauthenticated.code && code !== closeCodes.forbidden.code) return undefined;
    if (this.token === "") return "This server asks who you are.";
    const fault = /^token: ((?:has|is) .*)$/.exec(reason)?.[1];
    return fault === undefined
      ? `It does not take this token: ${reason}`
      : `It does not take this token, which ${fault}.`;
  });
  readonly words = $derived(connectionWords(this.status, this.#now, this.#wasLive));
  #signsOut = false;
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

  /** The server, as programs see it that send to it. */
  get target(): Target {
    return { url: location.origin, asksForKey: this.token !== "" || this.demand !== undefined };
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

  /** Forgets the token, and shows the server none. */
  signOut(): void {
    this.token = "";
    sessionStorage.removeItem(tokenKey);
    this.#signsOut = true;
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
      if (this.#signsOut) this.#tell({ tone: "plain", text: "Signed out: the token is forgotten" });
      else this.#tell({ tone: "warn", text: `Connection lost${reason}` });
      this.#signsOut = false;
    } else if (status.state === "closed" && before.state !== "closed") {
      const { text, detail } = this.words;
      this.#tell({ tone: "bad", text, ...(detail === undefined ? {} : { advice: detail }) });
    }
  }
}
