import { parseCrmIds } from "./crm-ids.ts";

/** What stands in the address of the receiver's page. */
export interface ReceiverState {
  readonly crmIds: readonly string[];
  readonly query: string;
  readonly name: string;
  readonly paused: boolean;
}

/** What stands in the address of the sender's page. */
export interface SenderState {
  readonly to: string;
  readonly name: string;
}

export function readReceiver(search: URLSearchParams): ReceiverState {
  return {
    crmIds: parseCrmIds(search.getAll("crmId").join(",")).crmIds,
    query: search.get("q") ?? "",
    name: search.get("name") ?? "",
    paused: search.has("paused") && search.get("paused") !== "0",
  };
}

export function writeReceiver({ crmIds, query, name, paused }: ReceiverState): string {
  return searchOf({ crmId: crmIds.join(","), q: query, name, paused: paused ? "1" : "" });
}

export function readSender(search: URLSearchParams): SenderState {
  return { to: search.getAll("to").join(","), name: search.get("name") ?? "" };
}

export function writeSender({ to, name }: SenderState): string {
  return searchOf({ to: parseCrmIds(to).crmIds.join(","), name });
}

/** A comma may stand in a search as it is, and `42,43` is easier to read than `42%2C43`. */
function searchOf(values: Readonly<Record<string, string>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== "");
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given).toString().replaceAll("%2C", ",")}`;
}
