import type { Contract, EventData, EventName, TopicPattern } from "@switchboard/protocol";
import type { Event } from "./event.ts";

/** An event with its name and its data, as a contract pairs them. */
export interface NamedEvent<Name extends string, Data> extends Event<Data> {
  readonly name: Name;
}

/** Every event of a topic: its `name` tells what its `data` are. */
export type ContractEvent<C extends Contract, Pattern extends TopicPattern<C>> = {
  [Name in EventName<C, Pattern>]: NamedEvent<Name, EventData<C, Pattern, Name>>;
}[EventName<C, Pattern>];

/** The contract's topic for CRM records, `crm.{…}`; never, where it has none. */
export type CrmPattern<C extends Contract> = {
  [Pattern in TopicPattern<C>]: Pattern extends `crm.{${infer Name}}`
    ? Name extends `${string}}${string}`
      ? never
      : Pattern
    : never;
}[TopicPattern<C>];
