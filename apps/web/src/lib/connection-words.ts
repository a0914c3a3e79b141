import { closeCodes } from "@switchboard/protocol";
import type { Status } from "@switchboard/sdk";

import { duration, shortTime } from "./times.ts";

/** The connection's state as it is said to the reader. */
export interface ConnectionWords {
  readonly tone: "wait" | "live" | "warn" | "bad";
  readonly text: string;
  /** More about it, where there is more to say. */
  readonly detail?: string;
  /** What to do, and the word on the button that does it. */
  readonly action?: "Retry now" | "Connect again" | "Give a token";
}

/** After this long without a connection the words change from "Reconnecting" to "Offline". */
const offlineAfterMs = 15_000;

/** Says the state in a few words; `wasLive`: whether there ever was a connection that could have been lost. */
export function connectionWords(status: Status, now: number, wasLive: boolean): ConnectionWords {
  if (status.state === "live") {
    const latency = status.latencyMs === undefined ? "" : ` · ${duration(status.latencyMs)}`;
    return { tone: "live", text: `Live${latency}` };
  }
  if (status.state === "closed") return closedWords(status);
  if (status.state === "connecting") {
    if (wasLive && now - status.since > offlineAfterMs)
      return { tone: "warn", text: `Offline since ${shortTime(status.since)} · trying now` };
    if (!wasLive && status.attempt <= 1) return { tone: "wait", text: "Connecting…" };
    return { tone: "warn", text: `${wasLive ? "Reconnecting" : "Connecting"}… · try ${status.attempt}` };
  }
  if (status.retryAt === Infinity) {
    return {
      tone: "warn",
      text: `Offline since ${shortTime(status.since)} · this device has no network`,
      detail: "It connects by itself when the network is back.",
      action: "Retry now",
    };
  }
  const seconds = Math.max(0, Math.ceil((status.retryAt - now) / 1_000));
  const offline = now - status.since > offlineAfterMs;
  const next = `${seconds} s · try ${status.attempt}`;
  if (!wasLive)
    return {
      tone: "warn",
      text: offline
        ? `No connection since ${shortTime(status.since)} · next try in ${seconds} s`
        : `Connecting in ${next}`,
      detail: "The server does not answer. Is it running?",
      action: "Retry now",
    };
  return {
    tone: "warn",
    text: offline
      ? `Offline since ${shortTime(status.since)} · you may have missed messages`
      : `Reconnecting in ${next}`,
    detail: `Next try in ${seconds} s. What is sent meanwhile is recovered from the history when the line is back.`,
    action: "Retry now",
  };
}

function closedWords({ code, reason }: Extract<Status, { state: "closed" }>): ConnectionWords {
  const known: Record<number, Pick<ConnectionWords, "text" | "detail" | "action">> = {
    [closeCodes.unauthenticated.code]: {
      text: reason.includes("expired")
        ? "Closed: the token has expired"
        : "Closed: this server asks for a token",
      detail: "Give a token that allows what you want to do here.",
      action: "Give a token",
    },
    [closeCodes.forbidden.code]: {
      text: "Closed: the token does not allow this",
      detail: "Give another token, or unfollow what it does not allow.",
      action: "Give a token",
    },
    [closeCodes.badFrame.code]: {
      text: "Closed: the server did not understand this page",
      detail: "Page and server may be of different versions. Reload the page.",
      action: "Connect again",
    },
    [closeCodes.unsupportedProtocol.code]: {
      text: "Closed: the server does not speak this page's protocol",
      detail: "Page and server may be of different versions. Reload the page.",
      action: "Connect again",
    },
  };
  const why = known[code];
  if (why) return { tone: "bad", ...why };
  return {
    tone: "bad",
    text: reason === "" ? `Closed (${code})` : `Closed: ${reason}`,
    detail: "It does not come back by itself.",
    action: "Connect again",
  };
}
