export type { ProcedureHandler, ProcedureHandlers, ProcedureRequest } from "./application.ts";
export type { AnyPublication, Backend, CallOptions, PublicationFor, PublishOptions } from "./backend.ts";
export { ConfigError } from "./config.ts";
export type { Identity } from "./core/identity.ts";
export { Refusal } from "./core/errors.ts";
export type { Hooks, PublishChange, PublishView } from "./core/hooks.ts";
export type { Session } from "./core/session.ts";
export { createSwitchboard, type Switchboard, type SwitchboardOptions } from "./server.ts";
