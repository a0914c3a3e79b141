import type { InputOf, OutputOf, StandardSchema } from "./standard-schema.ts";

/** Topics by pattern (`crm.{crmId}`: a parameter stands for one level), and on each the events by name. */
export interface ContractTopics {
  readonly [pattern: string]: { readonly [eventName: string]: StandardSchema };
}

/** A procedure: who answers it, what it takes and gives, and the errors it may end with, each with its details. */
export interface ContractProcedure {
  /** `server`: a handler of createSwitchboard; `client`: whoever registers it. */
  readonly by: "server" | "client";
  readonly input?: StandardSchema;
  readonly output?: StandardSchema;
  readonly progress?: StandardSchema;
  readonly errors?: { readonly [code: string]: StandardSchema };
}

/** Procedures by name; a name may have parameters, as a topic does. */
export interface ContractProcedures {
  readonly [name: string]: ContractProcedure;
}

/** What both ends and the server hold to. */
export interface Contract<
  Topics extends ContractTopics = ContractTopics,
  Procedures extends ContractProcedures = ContractProcedures,
> {
  readonly topics: Topics;
  readonly procedures: Procedures;
}

/** Writes a contract down, with all its types. @throws TypeError where a pattern's braces do not pair */
export function defineContract<
  const Topics extends ContractTopics = {},
  const Procedures extends ContractProcedures = {},
>(contract: { readonly topics?: Topics; readonly procedures?: Procedures }): Contract<Topics, Procedures> {
  const { topics = {} as Topics, procedures = {} as Procedures } = contract;
  for (const pattern of [...Object.keys(topics), ...Object.keys(procedures)])
    if (!/^([^{}]|\{\w+\})+$/.test(pattern)) throw new TypeError(`contract: ${pattern} is no pattern`);
  return { topics, procedures };
}

/** The names of a pattern's parameters. */
export type ParamName<Pattern extends string> = Pattern extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamName<Rest>
  : never;
/** A value for each of a pattern's parameters. */
export type ParamsOf<Pattern extends string> = { readonly [Name in ParamName<Pattern>]: string };
/** The texts that a pattern stands for: `crm.{crmId}` for `crm.${string}`. */
export type Filled<Pattern extends string> = Pattern extends `${infer Head}{${string}}${infer Rest}`
  ? `${Head}${string}${Filled<Rest>}`
  : Pattern;

/** The topic patterns of a contract. */
export type TopicPattern<C extends Contract> = keyof C["topics"] & string;
/** The names of a topic's events. */
export type EventName<C extends Contract, Pattern extends TopicPattern<C>> = keyof C["topics"][Pattern] &
  string;
/** What the receiver of an event gets as its data. */
export type EventData<
  C extends Contract,
  Pattern extends TopicPattern<C>,
  Name extends EventName<C, Pattern>,
> = OutputOf<C["topics"][Pattern][Name]>;

/** The names of procedures that this side answers. */
export type ProcedureName<C extends Contract, By extends "server" | "client" = "server" | "client"> = {
  [Name in keyof C["procedures"] & string]: C["procedures"][Name]["by"] extends By ? Name : never;
}[keyof C["procedures"] & string];

type Procedure<C extends Contract, Name extends string> = C["procedures"][Name];
type SchemaIn<P, Key extends string> = P extends { readonly [K in Key]: infer Schema extends StandardSchema }
  ? Schema
  : undefined;

/** What a caller sends; undefined where the procedure takes nothing. */
export type CallInput<C extends Contract, Name extends string> = InputIn<
  SchemaIn<Procedure<C, Name>, "input">
>;
/** What a handler is given. */
export type HandlerInput<C extends Contract, Name extends string> = OutputIn<
  SchemaIn<Procedure<C, Name>, "input">
>;
/** What a handler gives back. */
export type HandlerOutput<C extends Contract, Name extends string> = InputIn<
  SchemaIn<Procedure<C, Name>, "output">
>;
/** What a caller gets. */
export type CallOutput<C extends Contract, Name extends string> = OutputIn<
  SchemaIn<Procedure<C, Name>, "output">
>;
/** What a handler reports on its way. */
export type ProgressInput<C extends Contract, Name extends string> = InputIn<
  SchemaIn<Procedure<C, Name>, "progress">
>;
/** What a caller hears on the way. */
export type ProgressOutput<C extends Contract, Name extends string> = OutputIn<
  SchemaIn<Procedure<C, Name>, "progress">
>;
/** The codes of the errors that a procedure declares. */
export type ProcedureErrorCode<C extends Contract, Name extends string> = keyof NonNullable<
  Procedure<C, Name>["errors"]
> &
  string;
/** The details that come with a declared error. */
export type ProcedureErrorDetails<
  C extends Contract,
  Name extends string,
  Code extends ProcedureErrorCode<C, Name>,
> = OutputOf<NonNullable<Procedure<C, Name>["errors"]>[Code]>;

type InputIn<Schema> = Schema extends StandardSchema ? InputOf<Schema> : undefined;
type OutputIn<Schema> = Schema extends StandardSchema ? OutputOf<Schema> : undefined;

/** A publish, as the contract allows it: the topic or the crmIds, the name and the data that go together. */
export type ContractPublication<C extends Contract> = {
  [Pattern in TopicPattern<C>]: {
    [Name in EventName<C, Pattern>]: {
      readonly name: Name;
      readonly data: InputOf<C["topics"][Pattern][Name]>;
    } & (
      | { readonly topic: Filled<Pattern>; readonly crmIds?: never }
      | (Filled<Pattern> extends `crm.${string}`
          ? { readonly crmIds: readonly string[]; readonly topic?: never }
          : never)
    );
  }[EventName<C, Pattern>];
}[TopicPattern<C>];
