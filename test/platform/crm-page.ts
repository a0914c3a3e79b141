// The page of the platform's test: a record of the CRM in a browser, which the test looks at and tells what to do.
import { createClient, type Presence } from "@switchboard/sdk";
import { closeDeal } from "../../examples/crm/client.ts";
import { contract } from "../../examples/crm/contract.ts";

const name = new URLSearchParams(location.search).get("name") ?? "";
// The page comes from the server itself: there is no address to be given.
const client = createClient({ contract, client: name });

const heard: string[] = [];
const presences: Presence[] = [];
const record = client.follow("42", {
  event(event) {
    if (event.name === "deal.updated")
      heard.push(`${event.data.dealId} ${event.data.state} ${event.data.amount}`);
    else heard.push(`${event.data.by}: ${event.data.text}`);
  },
  presence: (presence) => presences.push(presence),
});

/** The question that waits for an answer, as a dialog would show it. */
let question: { readonly text: string; answer(yes: boolean): void } | undefined;

const crm = {
  client,
  ready: record.ready,
  heard,
  presences,
  get question() {
    return question?.text;
  },
  answer: (yes: boolean) => question?.answer(yes),
  /** Is asked from now on. */
  async answerQuestions() {
    const handler = client.handle(
      "crm.{crmId}.confirm",
      { crmId: "42" },
      ({ input, signal }) =>
        new Promise((resolve) => {
          const answer = (yes: boolean) => {
            question = undefined;
            resolve({ yes });
          };
          question = { text: input.question, answer };
          // Nobody waits any more: the dialog closes.
          signal.addEventListener("abort", () => (question = undefined));
        }),
      { invoke: "last" },
    );
    await handler.ready;
  },
  close: (deal: { crmId: string; dealId: string; amount: number }) => closeDeal({ client }, deal),
  /** What the server says to a subscription. */
  async follow(crmId: string): Promise<string> {
    try {
      await client.follow(crmId, { refused: () => undefined }).ready;
      return "subscribed";
    } catch (error) {
      return (error as Error).message;
    }
  },
};

declare global {
  interface Window {
    crm: typeof crm;
  }
}
window.crm = crm;
