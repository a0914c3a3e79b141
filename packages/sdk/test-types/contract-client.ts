// What the compiler must take, and what it must not: `bun run check` fails where a line that is marked so is right.
import { createClient, type SwitchboardError } from "../src/index.ts";
import { contract } from "../test/contract.ts";

const client = createClient({ contract, url: "http://127.0.0.1" });

/** Fails to compile where the two types differ. */
function same<Expected>() {
  return <Given>(_: Given, ..._differ: Same<Expected, Given> extends true ? [] : [never]): void => undefined;
}
type Same<A, B> = 0 extends 1 & B ? false : [A, B] extends [B, A] ? true : false;

/** Subscriptions. */
export function subscriptions() {
  client.subscribe("crm.{crmId}", { crmId: "42" }, (event) => {
    same<"deal.updated" | "note" | "due">()(event.name);
    if (event.name === "deal.updated") same<number>()(event.data.amount);
    else if (event.name === "note") same<string>()(event.data.text);
    else same<Date>()(event.data);
    // @ts-expect-error: which event it is, is not known yet
    void event.data.amount;
    // @ts-expect-error: there is no event of this name
    if (event.name === "deal.update") return;
  });
  client.subscribe("news", (event) => same<string>()(event.data.title));
  client.subscribe("news", { event: ({ data }) => same<string>()(data.title) }, { presence: true });
  client.subscribe("news");
  const subscription = client.follow("42", ({ name, data }) => {
    if (name === "note") same<string>()(data.text);
  });
  subscription.on("event", (event) => {
    if (event.name === "due") same<Date>()(event.data);
  });
  // @ts-expect-error: the contract has no such topic
  client.subscribe("crm.42", () => undefined);
  // @ts-expect-error: which record is meant?
  client.subscribe("crm.{crmId}", () => undefined);
  // @ts-expect-error: the parameter has another name
  client.subscribe("crm.{crmId}", { id: "42" }, () => undefined);
  // @ts-expect-error: the topic has no parameters
  client.subscribe("news", { crmId: "42" }, () => undefined);
}

/** Loops. */
export async function loops() {
  for await (const event of client.follow("42"))
    if (event.name === "deal.updated") same<number>()(event.data.amount);
}

/** Publishes. */
export async function publishes() {
  await client.publish({ crmIds: ["42"], name: "deal.updated", data: { amount: 1 }, key: "k" });
  await client.publish({ topic: "crm.42", name: "due", data: "2026-01-01" });
  await client.publish({ topic: "news", name: "headline", data: { title: "t" } });
  // @ts-expect-error: the amount is a number
  await client.publish({ crmIds: ["42"], name: "deal.updated", data: { amount: "1" } });
  // @ts-expect-error: there is no event of this name
  await client.publish({ crmIds: ["42"], name: "deal.update", data: { amount: 1 } });
  // @ts-expect-error: a headline is no event of a record
  await client.publish({ crmIds: ["42"], name: "headline", data: { title: "t" } });
  // @ts-expect-error: the contract has no such topic
  await client.publish({ topic: "olds", name: "headline", data: { title: "t" } });
  // @ts-expect-error: what is sent of a date is its text
  await client.publish({ topic: "crm.42", name: "due", data: new Date() });
}

/** Calls. */
export async function calls() {
  same<{ ok: boolean }>()(
    await client.call("deal.close", { id: "1" }, { onProgress: (part) => same<number>()(part) }),
  );
  same<{ yes: boolean }>()(
    await client.call("crm.{crmId}.confirm", { question: "?" }, { params: { crmId: "42" } }),
  );
  same<Date>()(await client.call("server.time"));
  // @ts-expect-error: the id is a text
  await client.call("deal.close", { id: 1 });
  // @ts-expect-error: there is no such procedure
  await client.call("deal.open", { id: "1" });
  // @ts-expect-error: the input is missing
  await client.call("deal.close");
  // @ts-expect-error: which record is meant?
  await client.call("crm.{crmId}.confirm", { question: "?" });
}

/** Calls whose failures are results. */
export async function tries() {
  const result = await client.try("deal.close", { id: "1" });
  if (result.ok) return same<boolean>()(result.data.ok);
  const { error } = result;
  if (error.code === "GONE") return same<number>()(error.details.at);
  if (error.code === "BUSY") return same<string>()(error.details.by);
  same<SwitchboardError>()(error);
  if (error.code === "timeout") return undefined;
  // @ts-expect-error: that is an error of another procedure
  if (error.code === "NOBODY_HERE") return undefined;
  return undefined;
}

/** Handlers. */
export function handlers() {
  client.handle(
    "crm.{crmId}.confirm",
    { crmId: "42" },
    ({ input, params, progress, error, signal, caller }) => {
      same<string>()(input.question);
      same<string>()(params.crmId);
      same<AbortSignal>()(signal);
      same<string | undefined>()(caller?.session);
      progress(50);
      // @ts-expect-error: progress is a number
      progress("half");
      // @ts-expect-error: the procedure has no such error
      if (input.question === "") throw error("GONE", "gone", { at: 1 });
      // @ts-expect-error: the error has other details
      if (input.question === "?") throw error("NOBODY_HERE", "gone", { at: 1 });
      return { yes: true };
    },
  );
  client.handle("client.ping", () => undefined, { invoke: "roundrobin" });
  // @ts-expect-error: the output is another
  client.handle("crm.{crmId}.confirm", { crmId: "42" }, () => ({ no: true }));
  // @ts-expect-error: the server answers it
  client.handle("deal.close", () => ({ ok: true }));
  // @ts-expect-error: which record is meant?
  client.handle("crm.{crmId}.confirm", () => ({ yes: true }));
}
