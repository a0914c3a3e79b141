import type { Contract } from "@switchboard/protocol";
import type { Client } from "./client.ts";
import type { ContractClient } from "./contract-client.ts";
import { type AnyCallOptions, type AnyHandler, callBy, guarded, tried } from "./guarded-calls.ts";
import type { ContractGuard } from "./contract-guard.ts";
import type { Publication } from "./publication.ts";
import type { HandleOptions } from "./registration.ts";
import type { Status } from "./status.ts";
import type { EventHandler, SubscribeOptions, SubscriptionHandlers } from "./subscription.ts";
import { SwitchboardError } from "./switchboard-error.ts";

type Params = Readonly<Record<string, string>>;

/** The client as the contract has it. Its types are in `ContractClient`; here they are whatever they are. */
export function contractedClient(client: Client, guard: ContractGuard): ContractClient<Contract> {
  const call = (name: string, input?: unknown, options?: AnyCallOptions) =>
    callBy(guard, (procedure, data, rest) => client.call(procedure, data, rest), name, input, options);
  const contracted = {
    get status() {
      return client.status;
    },
    onStatus: (listener: (status: Status) => void) => client.onStatus(listener),
    live: () => client.live(),
    ping: () => client.ping(),
    reconnect: () => client.reconnect(),
    close: () => client.close(),
    follow: (crmId: string, handlers?: EventHandler | SubscriptionHandlers) => client.follow(crmId, handlers),
    subscribe(pattern: string, ...rest: readonly unknown[]) {
      const [params, handlers, options] = withParams(pattern, rest);
      return client.subscribe(
        guard.topic(pattern, params),
        handlers as SubscriptionHandlers | undefined,
        options as SubscribeOptions | undefined,
      );
    },
    async publish(publication: Publication) {
      const checking = guard.publication(publication);
      if (checking !== undefined) await checking;
      return client.publish(publication);
    },
    call,
    try: (name: string, input?: unknown, options?: AnyCallOptions) => tried(call(name, input, options)),
    handle(name: string, ...rest: readonly unknown[]) {
      const [params, handler, options] = withParams(name, rest);
      const { procedure, declared } = guard.procedure(name, params);
      if (declared.by !== "client")
        throw new SwitchboardError("invalid_argument", `procedure: the server answers ${name}`);
      return client.handle(
        procedure,
        guarded(guard, declared, params, handler as AnyHandler),
        options as HandleOptions | undefined,
      );
    },
  };
  return contracted as unknown as ContractClient<Contract>;
}

/** Where the pattern has no parameters, none are given. */
function withParams(pattern: string, rest: readonly unknown[]): readonly [Params, unknown, unknown] {
  const [first, second, third] = rest;
  return pattern.includes("{") ? [first as Params, second, third] : [{}, first, second];
}
