import type { CallHandler, CallRequest } from "../../../core/calls.ts";
import { Refusal } from "../../../core/errors.ts";
import type { Peers } from "../../../core/peers.ts";
import { argumentsOf, dataOf } from "../../arguments.ts";
import { answerOf, listOf } from "./answering.ts";

/** What several nodes answer, by position; there is at least one. */
type Answers = readonly (readonly unknown[])[];

type Procedures = Readonly<Record<string, CallHandler>>;

interface Asked {
  readonly procedure: string;
  readonly data: CallRequest["data"] | null;
  readonly caller: CallRequest["caller"] | null;
}

type Answered = { readonly data: string } | { readonly code: string; readonly message: string };

const question = "wamp.meta";
/** What a node says that does not know what another may know. */
const unknownHere: readonly string[] = ["wamp.error.no_such_session", "wamp.error.no_such_registration"];

const sum = (answers: Answers) => [answers.reduce((total, [count]) => total + Number(count), 0)];
const concat = (answers: Answers) => [listOf(answers.flatMap(([list]) => list as number[]))];
const first = ([one = []]: Answers) => one;
const firstKnown = (answers: Answers) => answers.find(([one]) => one !== null) ?? [null];
const eachOnce = (answers: Answers) => {
  const exact = answers.flatMap(([lists]) => (lists as { readonly exact: number[] }).exact);
  return [{ exact: listOf(new Set(exact)), prefix: [], wildcard: [] }];
};
const oldest = (answers: Answers) =>
  answers.toSorted(([one], [other]) => (createdOf(one) < createdOf(other) ? -1 : 1))[0] ?? [];

/** How the answers of all nodes become one; what is not named here is answered by the node alone that is asked. */
const joins: Readonly<Record<string, (answers: Answers) => readonly unknown[]>> = {
  "wamp.session.count": sum,
  "wamp.session.list": concat,
  "wamp.session.get": first,
  "wamp.session.kill": first,
  "wamp.session.kill_by_authid": concat,
  "wamp.session.kill_by_authrole": sum,
  "wamp.session.kill_all": sum,
  "wamp.registration.list": eachOnce,
  "wamp.registration.lookup": firstKnown,
  "wamp.registration.match": firstKnown,
  "wamp.registration.get": oldest,
  "wamp.registration.list_callees": concat,
  "wamp.registration.count_callees": sum,
};

/** The procedures, answered by all nodes that do within 2 s, where they are about what all nodes have. */
export function everywhere(procedures: Procedures, peers: Peers): Procedures {
  peers.answer(question, async ({ procedure, data, caller }: Asked): Promise<Answered> => {
    const request = { data: data ?? undefined, caller: caller ?? undefined, progress: undefined };
    try {
      const handler = procedures[procedure];
      if (handler === undefined) throw new Refusal("no_such_procedure", `${procedure}: is not known here`);
      return { data: await handler(request, new AbortController().signal) };
    } catch (error) {
      if (error instanceof Refusal) return { code: error.code, message: error.message };
      throw error;
    }
  });
  return Object.fromEntries(
    Object.entries(procedures).map(([procedure, handler]) => {
      const join = joins[procedure];
      const joined: CallHandler = async (request, signal) => {
        if (join === undefined || peers.others.size === 0) return handler(request, signal);
        const answers = await allAnswers(procedure, handler, { request, signal, peers });
        const { args } = answerOf(...join(answers.map(valuesOf)));
        return dataOf(args) ?? "null";
      };
      return [procedure, joined];
    }),
  );
}

/** What all nodes answer, this one first. @throws Refusal where one refuses, or none knows */
async function allAnswers(
  procedure: string,
  handler: CallHandler,
  {
    request,
    signal,
    peers,
  }: { readonly request: CallRequest; readonly signal: AbortSignal; readonly peers: Peers },
): Promise<readonly string[]> {
  const answers: string[] = [];
  let refusal: Refusal | undefined;
  const take = (answered: Answered) => {
    if ("data" in answered) answers.push(answered.data);
    // That a node does not know it matters least.
    else if (refusal === undefined || unknownHere.includes(refusal.code))
      refusal = new Refusal(answered.code, answered.message);
  };
  const { data = null, caller = null } = request;
  try {
    answers.push(await handler(request, signal));
  } catch (error) {
    if (!(error instanceof Refusal) || !unknownHere.includes(error.code)) throw error;
    refusal = error;
  }
  await peers.ask(question, { procedure, data, caller } satisfies Asked, take);
  if (refusal !== undefined && (answers.length === 0 || !unknownHere.includes(refusal.code))) throw refusal;
  return answers;
}

function valuesOf(data: string): readonly unknown[] {
  return argumentsOf(data).args.map((text) => JSON.parse(text) as unknown);
}

function createdOf(details: unknown): string {
  return (details as { readonly created: string }).created;
}
