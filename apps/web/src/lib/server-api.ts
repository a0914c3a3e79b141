/** What the server tells of itself on its first page. */
export interface ServerStatus {
  readonly server: string;
  readonly version: string;
  readonly engine: string;
  /** When it started, in ms since 1970. */
  readonly since: number;
  readonly sessions: number;
  readonly topics: number;
  readonly eventsPerSecond: number;
}

/** A topic, and how many sessions listen to it. */
export interface TopicState {
  readonly topic: string;
  readonly subscribers: number;
  /** How many of its events are kept. */
  readonly history?: number;
  /** How long an event is kept; servers need not say so. */
  readonly historyAgeMs?: number;
}

/** What the server's contract allows: topics by pattern, and on each the events by name, with the JSON Schema of their data. */
export interface ContractJson {
  readonly topics: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

/** The server refused, or did not answer in a way that is understood. */
export class ServerApiError extends Error {
  /** The HTTP status, or 0 where there was no answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const devLoginPath = "/api/v1/dev-login";

/** Asks the server's HTTP API, with the token that `token` gives at that moment. */
export function serverApi(token: () => string) {
  const get = <T>(path: string, signal?: AbortSignal) => ask<T>("GET", path, signal);
  async function ask<T>(method: string, path: string, signal?: AbortSignal): Promise<T> {
    const headers = token() === "" ? {} : { Authorization: `Bearer ${token()}` };
    let response: Response;
    try {
      response = await fetch(path, { method, headers, ...(signal ? { signal } : {}) });
    } catch (error) {
      throw new ServerApiError(0, error instanceof Error ? error.message : String(error));
    }
    if (!response.ok) throw new ServerApiError(response.status, response.statusText);
    return (await response.json()) as T;
  }
  return {
    status: (signal?: AbortSignal) => get<ServerStatus>("/api/v1/status", signal),
    contract: (signal?: AbortSignal) => get<ContractJson>("/api/v1/contract.json", signal),
    /** Whether the server gives a token for the asking: for development. */
    offersDevLogin: async () => (await get<{ offered: boolean }>(devLoginPath)).offered,
    devToken: async () => (await ask<{ token: string }>("POST", devLoginPath)).token,
    topic: (topic: string, signal?: AbortSignal) =>
      get<TopicState>(`/api/v1/topics/${encodeURIComponent(topic)}`, signal),
    topics: async (prefix: string, signal?: AbortSignal) => {
      const found = `/api/v1/topics?prefix=${encodeURIComponent(prefix)}`;
      return (await get<{ topics: TopicState[] }>(found, signal)).topics;
    },
  };
}

export type ServerApi = ReturnType<typeof serverApi>;
