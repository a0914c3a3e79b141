export * from "./contract-check.ts";
export * from "./contract-json.ts";
export * from "./contract.ts";
export * from "./errors.ts";
export * from "./frames-down.ts";
export * from "./frames-up.ts";
export * from "./grammar.ts";
export * from "./issues.ts";
export * from "./json-text.ts";
export * from "./nesting.ts";
export * from "./pattern.ts";
export * from "./standard-schema.ts";
/** The WebSocket subprotocol of the native dialect. */
export const subprotocol = "switchboard.1";
